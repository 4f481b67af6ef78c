import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { eventually } from '../support/processes.js';
import { Terminal } from '../support/terminal.js';
import { type Program, SUPERVISOR, TuxRig } from '../support/tux-rig.js';

/** What an operator expects of a probe: three seconds later it tells the truth. */
const TRUTH_MS = 3_000;
const LEAVES_THE_SCREEN = '\x1b[?1049l';
/** As Prometheus reads it: a name, perhaps labels, a number, which Go parses whatever the case. Empty lines are passed over. */
const SAMPLE =
  /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="[^"\n]*"(,[a-zA-Z_]\w*="[^"\n]*")*\})? (NaN|[+-]?Inf|[+-]?\d\S*)$/i;

let postgres: PostgresServer;
let rig: TuxRig;
let supervisor: Program;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
afterEach(async () => {
  supervisor.kill('SIGCONT');
  await rig.dispose();
});

async function probe(path: string): Promise<{ status: number; problems: string }> {
  const response = await fetch(new URL(path, url));
  const { problems } = (await response.json()) as { problems: string[] };
  return { status: response.status, problems: problems.join('; ') };
}

/** Waits until `/readyz` is red for this reason, which it has to be in time, and looks what else is asked then. */
async function turnsRed(reason: RegExp): Promise<void> {
  const isRed = async () => {
    const { status, problems } = await probe('/readyz');
    return status === 503 && reason.test(problems);
  };
  await eventually(`not ready: ${reason}`, isRed, TRUTH_MS);
  const [health, status, isReady] = await Promise.all([probe('/healthz'), rig.status(), metric('tux_ready')]);
  expect(health).toEqual({ status: 200, problems: '' }); // supervision itself is well
  expect([status.ready, status.state, isReady]).toEqual([false, 'RUNNING', 0]);
  expect(status.readiness.problems.join('; ')).toMatch(reason);
}

async function turnsGreen(): Promise<void> {
  await eventually('ready again', async () => (await probe('/readyz')).status === 200);
  expect((await rig.status()).ready).toBe(true);
}

async function metrics(): Promise<string[]> {
  const response = await fetch(new URL('/metrics', url));
  return (await response.text()).split('\n').filter(Boolean);
}

async function metric(name: string): Promise<number | undefined> {
  const line = (await metrics()).find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

describe('health checks, metrics and status', () => {
  it('tell the truth about a gateway, a database and a worker that only seem to be there', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), TUX_HTTP_PORT: '0' });
    supervisor = await rig.startReady();
    url = (await rig.status()).http?.url ?? 'no page';
    const { workerPid } = supervisor;
    await turnsGreen();
    const text = await metrics();
    expect(text.filter((line) => !line.startsWith('# ') && !SAMPLE.test(line))).toEqual([]);
    expect(text).toEqual(
      expect.arrayContaining([
        'tux_ready 1',
        'tux_supervision_healthy 1',
        'tux_worker_up 1',
        'worker_startups_total 1',
      ]),
    );
    expect(text.join('\n')).toMatch(/^worker_uptime_seconds \d/m);

    rig.sandbox.faults.freeze();
    await turnsRed(/^the gateway has sent no events for \d+/);
    rig.sandbox.faults.cut();
    await turnsGreen();

    rig.sandbox.faults.muteEvents(); // heartbeats are acknowledged
    await turnsRed(/^the gateway has sent no events for \d+/);
    rig.sandbox.faults.muteEvents(false);
    await rig.ask('$ping'); // an event, which is as good as an answer
    await turnsGreen();

    await postgres.pause();
    await turnsRed(/the database does not answer: .*ECONNREFUSED/);
    await postgres.resume();
    await turnsGreen();

    const watch = new Terminal(process.execPath, [SUPERVISOR, 'status', '--watch'], { cwd: rig.folder, env: rig.env });
    await watch.shows('RUNNING, ready');
    process.kill(workerPid, 'SIGSTOP');
    await turnsRed(/^the worker does not answer: its event loop is blocked/);
    expect(await metric('tux_worker_up')).toBe(0);
    await watch.shows('RUNNING, not ready');
    await watch.shows('✗ the worker does not answer');
    process.kill(workerPid, 'SIGCONT');
    await turnsGreen();

    supervisor.kill('SIGSTOP');
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = fetch(new URL(path, url), { signal: AbortSignal.timeout(300) });
      await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
    }
    supervisor.kill('SIGCONT');
    await turnsGreen();

    watch.pressCtrlC();
    expect(await watch.ended).toEqual({ code: 0, signal: 0 });
    expect(watch.output.endsWith(LEAVES_THE_SCREEN)).toBe(true);
    expect((await rig.status()).worker?.pid).toBe(workerPid); // all that without a restart
    expect(await rig.history()).toEqual([]);
  });
});
