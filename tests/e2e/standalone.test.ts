import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readLockOwner } from '../../shared/instance-lock.js';
import { expectNothingLeft, expectWholeFiles } from '../support/after-stop.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { BOT, type Program, TuxRig } from '../support/tux-rig.js';

/** The same signal counts anew after a second. */
const LATER_MS = 1_100;

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig.dispose());

async function createRig(env: Record<string, string> = {}): Promise<void> {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), ...env });
}

async function startAlone(): Promise<Program> {
  const worker = rig.run(BOT, []);
  await worker.log.waitFor('worker:ready');
  return worker;
}

async function spentIdentifies(): Promise<number> {
  const { identifies } = await rig.readState(rig.paths.identifyLedger);
  return (identifies as unknown[]).length;
}

describe('a worker that runs without a supervisor', () => {
  it('answers, holds bot.lock, counts its IDENTIFY, and goes down in good order on SIGTERM', async () => {
    await createRig();
    const worker = await startAlone();
    expect((await rig.ask('$ping')).author.bot).toBe(true);
    expect(await readLockOwner(rig.paths.botLock)).toMatchObject({ pid: worker.pid });
    expect(await spentIdentifies()).toBe(1);
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    const last = { reason: 'SIGTERM', signal: 'SIGTERM', exitCode: 0, clean: true };
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject(last);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    await expectNothingLeft(rig);
  });

  it('spends from the same budget as the supervisor', async () => {
    await createRig();
    for (const start of [() => rig.startReady(), startAlone]) {
      const program = await start();
      program.kill('SIGINT');
      expect(await program.ended).toEqual({ code: 0, signal: null });
    }
    expect(await spentIdentifies()).toBe(2);
  });

  it('ends with code 75 when the owner wants a restart: whoever started it has to do the rest', async () => {
    await createRig();
    const worker = await startAlone();
    await rig.ask('$admin restart');
    expect(await worker.ended).toEqual({ code: 75, signal: null });
    await expectNothingLeft(rig);
  });

  it('ends its drain at a second SIGTERM, and with code 143 when something holds it up even then', async () => {
    await createRig({ TUX_DRAIN_TIMEOUT_MS: '60000' });
    const worker = await startAlone();
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

describe('a worker without a supervisor and a supervisor', () => {
  it('do not come together: the worker exits 73, names the supervisor and writes nothing', async () => {
    await createRig();
    const supervisor = await rig.startReady();
    const worker = rig.run(BOT, []);
    expect(await worker.ended).toEqual({ code: 73, signal: null });
    expect(worker.log.text).toContain(`tux-supervisor runs already: pid ${supervisor.pid} on `);
    expect(existsSync(rig.paths.lastShutdown)).toBe(false);
    expect(existsSync(rig.paths.exitMarker)).toBe(false);
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', worker: { pid: supervisor.workerPid } });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    supervisor.kill('SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
  });

  it('do not come together: the supervisor exits 73, names the worker and leaves it alone', async () => {
    await createRig();
    const worker = await startAlone();
    const supervisor = rig.start();
    expect(await supervisor.ended).toEqual({ code: 73, signal: null });
    expect(supervisor.log.lines.at(-1)?.msg).toContain(`pid ${worker.pid} on `);
    expect((await rig.ask('$ping')).author.bot).toBe(true);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
  });

  it('do not come together: a second worker exits 73 beside the first', async () => {
    await createRig();
    const first = await startAlone();
    const second = rig.run(BOT, []);
    expect(await second.ended).toEqual({ code: 73, signal: null });
    expect(second.log.text).toContain(`pid ${first.pid} on `);
    expect(existsSync(rig.paths.lastShutdown)).toBe(false);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    first.kill('SIGTERM');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
  });
});
