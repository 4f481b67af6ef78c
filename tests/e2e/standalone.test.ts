import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLockOwner } from '../../shared/instance-lock.js';
import { expectNothingLeft, expectWholeFiles } from '../support/after-stop.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { BOT, type Program, TuxRig } from '../support/tux-rig.js';

/** The same signal counts anew after a second. */
const LATER_MS = 1_100;

/** One installation for the whole file; a test ends what it has started, or leaves it to the next. */
let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

async function startAlone(env: Record<string, string> = {}): Promise<Program> {
  const worker = rig.run(BOT, [], env);
  await worker.log.waitFor('worker:ready');
  return worker;
}

async function stop(program: Program): Promise<void> {
  program.kill('SIGTERM');
  expect(await program.ended).toEqual({ code: 0, signal: null });
  await expectNothingLeft(rig);
}

async function spentIdentifies(): Promise<number> {
  const { identifies } = await rig.readState(rig.paths.identifyLedger);
  return (identifies as unknown[]).length;
}

/** What a worker writes on its way down. */
function lastWords(): (string | null)[] {
  return [rig.paths.lastShutdown, rig.paths.exitMarker].map((path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : null,
  );
}

describe('a worker that runs without a supervisor', () => {
  let worker: Program;

  it('answers, holds bot.lock, and counts its IDENTIFY', async () => {
    worker = await startAlone();
    expect((await rig.ask('$ping')).author.bot).toBe(true);
    expect(await readLockOwner(rig.paths.botLock)).toMatchObject({ pid: worker.pid });
    expect(await spentIdentifies()).toBe(1);
  });

  it('does not come together with a supervisor: that one exits 73, names the worker and leaves it alone', async () => {
    const supervisor = rig.start();
    expect(await supervisor.ended).toEqual({ code: 73, signal: null });
    expect(supervisor.log.lines.at(-1)?.msg).toContain(`pid ${worker.pid} on `);
    expect((await rig.ask('$ping')).author.bot).toBe(true);
  });

  it('does not come together with a second one: that one exits 73', async () => {
    const second = rig.run(BOT, []);
    expect(await second.ended).toEqual({ code: 73, signal: null });
    expect(second.log.text).toContain(`pid ${worker.pid} on `);
    expect(lastWords()).toEqual([null, null]);
  });

  it('goes down in good order on SIGTERM', async () => {
    await stop(worker);
    const last = { reason: 'SIGTERM', signal: 'SIGTERM', exitCode: 0, clean: true };
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject(last);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });

  it('exits 73 where a supervisor runs, names that and writes nothing, and spends from the same budget', async () => {
    const supervisor = await rig.startReady();
    const before = lastWords();
    const refused = rig.run(BOT, []);
    expect(await refused.ended).toEqual({ code: 73, signal: null });
    expect(refused.log.text).toContain(`tux-supervisor runs already: pid ${supervisor.pid} on `);
    expect(lastWords()).toEqual(before);
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', worker: { pid: supervisor.workerPid } });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    await stop(supervisor);
    expect(await spentIdentifies()).toBe(1);
  });

  it('ends with code 75 when the owner wants a restart: whoever started it has to do the rest', async () => {
    worker = await startAlone();
    await rig.ask('$admin restart');
    expect(await worker.ended).toEqual({ code: 75, signal: null });
    await expectNothingLeft(rig);
    expect(await spentIdentifies()).toBe(1);
  });

  it('ends its drain at a second SIGTERM, and with code 143 when something holds it up even then', async () => {
    worker = await startAlone({ TUX_DRAIN_TIMEOUT_MS: '60000' });
    await rig.ask('$queue add 30 x');
    rig.sandbox.faults.freeze(); // closing the connection takes as long as it may
    worker.kill('SIGTERM');
    await worker.log.waitFor('shutdown:begin');
    await sleep(LATER_MS);
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 143, signal: null });
    expect(worker.log.all('job:released')).toHaveLength(1);
    const marker = { action: 'stop', code: 0, reason: { signal: 'SIGTERM' } };
    expect(await rig.readState(rig.paths.exitMarker)).toMatchObject(marker);
    await expectWholeFiles(rig);
  });
});
