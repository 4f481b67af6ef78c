import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLockOwner } from '../../shared/instance-lock.js';
import { expectNothingLeft } from '../support/after-stop.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const CONTENDERS = 50;

/** One installation for the whole file. */
let postgres: SharedPostgres;
let rig: TuxRig;
let winner: Program;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    TUX_HELLO_TIMEOUT_MS: '60000', // the worker loads while 49 others still do
  });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

async function whenReady(supervisor: Program): Promise<Program> {
  await supervisor.log.waitFor('worker:ready', undefined, { timeoutMs: 75_000 });
  return supervisor;
}

describe('many supervisors that are started at once', () => {
  it('become one that runs, and all the others exit 73', async () => {
    const contenders = Array.from({ length: CONTENDERS }, () => rig.start());
    winner = await Promise.any(contenders.map(whenReady));
    const losers = contenders.filter((contender) => contender !== winner);
    const codes = await Promise.all(losers.map(async ({ ended }) => (await ended).code));
    expect(codes).toEqual(Array.from({ length: CONTENDERS - 1 }, () => 73));
    expect(await rig.status()).toMatchObject({ ready: true, supervisor: { pid: winner.pid } });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });
});

describe('a second tux-supervisor on the same state folder', () => {
  it('exits 73, names the one that runs, and leaves that one alone', async () => {
    const before = await rig.status();
    const second = rig.start();
    expect(await second.ended).toEqual({ code: 73, signal: null });
    const owner = await readLockOwner(rig.paths.supervisorLock);
    expect(owner).toMatchObject({ pid: winner.pid, hostname: hostname() });
    const named = `pid ${winner.pid} on ${hostname()} since ${owner?.createdAt}`;
    expect(second.log.lines.at(-1)).toMatchObject({ level: 60, msg: expect.stringContaining(named) });

    expect((await rig.ask('$ping')).author.bot).toBe(true);
    expect((await rig.status()).worker?.pid).toBe(before.worker?.pid);
    expect(await rig.readState(rig.paths.supervisorState)).toMatchObject({ epoch: 1 });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });

    winner.kill('SIGTERM');
    expect(await winner.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
  });
});
