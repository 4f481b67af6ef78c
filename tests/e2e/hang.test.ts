import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRunning } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';
import { evaluateInWorker } from '../support/worker-inspector.js';

interface Report {
  readonly runId: string;
  readonly pid: number;
  readonly processState: string;
  readonly summary: string;
  readonly stack: readonly string[];
  readonly heartbeats: readonly unknown[];
}

/** One supervised Tux for the whole file. */
let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  // Three seconds of silence: more than loading the bot's modules takes on a busy machine.
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    TUX_HEARTBEAT_INTERVAL_MS: '200',
    TUX_HEARTBEAT_MISSES: '15',
  });
  supervisor = await rig.startReady();
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

async function readReport(): Promise<Report> {
  const run = (await rig.history()).at(-1);
  return JSON.parse(await readFile(run?.reportPath ?? 'no report', 'utf8')) as Report;
}

describe('a worker that hangs', () => {
  it('is found, explained by the function that it hangs in, and replaced', async () => {
    const { workerPid } = supervisor;
    const from = supervisor.log.lines.length;
    await evaluateInWorker(supervisor, workerPid, 'setImmediate(function hangForThisTest() { for (;;); })');
    await supervisor.ready(from);

    expect(isRunning(workerPid)).toBe(false);
    const [run] = await rig.history();
    expect(run).toMatchObject({ class: 'hang', pid: workerPid, code: null, signal: 'SIGKILL' });
    expect(run?.reason).toMatch(/^no heartbeat for \d+ s, in hangForThisTest /);
    const report = await readReport();
    expect(run?.reportPath?.startsWith(rig.paths.reportsDir)).toBe(true);
    expect(report).toMatchObject({ runId: run?.runId, pid: workerPid, processState: 'R' });
    expect(report.stack[0]).toContain('at hangForThisTest');
    expect(report.heartbeats.length).toBeGreaterThan(0);
    const crashLog = () => readFile(rig.paths.crashLog, 'utf8').catch(() => '');
    await eventually('crash.log has it', async () => (await crashLog()).includes(`hang of run ${run?.runId}`));
    expect(await crashLog()).toContain(`report: ${run?.reportPath}`);
    expect(await rig.status()).toMatchObject({
      ready: true,
      restarts: { hang: 1, crash: 0 },
      lastExit: { class: 'hang' },
    });
    expect(rig.sandbox.recorder.counters.maxLiveSessions).toBe(1);
  });

  it('is replaced also when a signal has stopped it, and the report says so', async () => {
    const { workerPid } = supervisor;
    const from = supervisor.log.lines.length;
    process.kill(workerPid, 'SIGSTOP');
    await supervisor.ready(from);

    expect(isRunning(workerPid)).toBe(false);
    const run = (await rig.history()).at(-1);
    expect(run).toMatchObject({ class: 'hang', pid: workerPid, signal: 'SIGKILL' });
    expect(run?.reason).toContain('stopped by a signal');
    expect(await readReport()).toMatchObject({ processState: 'T', stack: [] });
    expect(rig.sandbox.recorder.counters.maxLiveSessions).toBe(1);
  });
});
