import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLockOwner } from '../../shared/instance-lock.js';
import { readProcStat } from '../../shared/process-identity.js';
import { eventually, isRunning } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

/** A standby beats six times more slowly than this, and three missed are too many. */
const HEARTBEAT_INTERVAL_MS = 150;

let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    TUX_STANDBY: 'on',
    TUX_HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS),
    TUX_HEARTBEAT_MISSES: '100', // loading the bot's modules blocks for seconds on a busy machine: that is no hang
    LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

/** One that was left running by the test before. */
let isUp = false;
beforeEach(async () => {
  if (!isUp) supervisor = await rig.startReady();
  isUp = true;
});

/** The pid of the standby that is ready, not counting those before `from` (an index into `log.lines`). */
async function standbyReady(from: number): Promise<number> {
  return Number((await supervisor.log.waitFor('standby:ready', undefined, { from })).pid);
}

/** The pid of the standby that is ready now, or gets ready. */
async function standby(): Promise<number> {
  const { pid } = (await rig.status()).standby ?? {};
  if (pid === null || pid === undefined) return standbyReady(supervisor.log.lines.length);
  await supervisor.log.waitFor('standby:ready', (line) => line.pid === pid);
  return pid;
}

/** Waits until the standby `pid` serves as the worker, and says how long the supervisor needed for it. */
async function servesNow(pid: number, from: number): Promise<void> {
  const started = await supervisor.log.waitFor('worker:started', undefined, { from });
  expect(started).toMatchObject({ pid, byStandby: true });
  await supervisor.ready(from);
  expect((await rig.status()).worker?.pid).toBe(pid);
}

/** Who may change something: at no time are there two. */
async function lockOwner(): Promise<number | undefined> {
  return (await readLockOwner(rig.paths.botLock))?.pid;
}

describe('a standby', () => {
  it('takes over, at a restart and when the worker is killed, and another one gets ready', async () => {
    const first = supervisor.workerPid;
    const second = await standby();
    expect(await lockOwner()).toBe(first);
    expect((await rig.status()).standby).toMatchObject({ state: 'ready', pid: second });

    let from = supervisor.log.lines.length;
    expect((await rig.supervisorCommand('restart')).code).toBe(0);
    await servesNow(second, from);
    expect(isRunning(first)).toBe(false);
    expect(await lockOwner()).toBe(second);
    expect((await rig.ask('$ping')).content).toContain('Pong');
    expect((await rig.status()).worker?.uptimeMs).toBeLessThan(10_000);

    const third = await standbyReady(from);
    await supervisor.log.waitFor('caches:ahead', undefined, { from }); // from the files of the one that serves
    from = supervisor.log.lines.length;
    process.kill(second, 'SIGKILL');
    await servesNow(third, from);
    expect(await lockOwner()).toBe(third);
    await standbyReady(from);

    const history = await rig.history();
    expect(history.map(({ pid, class: runClass }) => [pid, runClass])).toEqual([
      [first, 'planned'],
      [second, 'crash'],
    ]);
    // Its last words, and none of its successor's.
    const crashLog = await readFile(rig.paths.crashLog, 'utf8');
    expect(crashLog).toContain('worker:ready');
    expect(crashLog).not.toContain('recovery:unclean');
    expect(supervisor.log.all('standby:ready')).toHaveLength(3);
    const said = supervisor.log.lines.filter(({ name, standby, level }) => name === 'worker' && standby && level >= 30);
    expect(said).toEqual([]);
  });

  it('that is killed or stopped is replaced, and whoever is killed with the worker is not waited for', async () => {
    const worker = supervisor.workerPid;
    const first = await standby();
    let from = supervisor.log.lines.length;
    const ends = supervisor.log.all('worker:ended').length;
    process.kill(first, 'SIGKILL');
    const second = await standbyReady(from);
    from = supervisor.log.lines.length;
    process.kill(second, 'SIGSTOP');
    const third = await standbyReady(from);
    expect([worker, third].every(isRunning)).toBe(true);
    expect(readProcStat(second)).toBeNull(); // killed and reaped
    expect(supervisor.log.all('worker:ended')).toHaveLength(ends);

    // At the same moment: the supervisor may learn of the worker first, and take a standby that is dead.
    from = supervisor.log.lines.length;
    process.kill(third, 'SIGSTOP');
    process.kill(worker, 'SIGKILL');
    await supervisor.log.waitFor('standby:lost', ({ pid }) => pid === third, { from });
    await supervisor.ready(from);
    const { worker: now } = await rig.status();
    expect(now?.pid).not.toBe(third);
    expect(isRunning(third)).toBe(false);
    expect((await rig.history()).map(({ pid }) => pid)).not.toContain(third);
    expect((await rig.history()).at(-1)).toMatchObject({ pid: worker, class: 'crash' });
  });

  it('ends with its supervisor, whichever way that ends, and one that is stopped by then does no harm', async () => {
    isUp = false;
    const worker = supervisor.workerPid;
    const first = await standby();
    process.kill(first, 'SIGSTOP');
    supervisor.kill('SIGKILL');
    await eventually('the worker is gone', () => !isRunning(worker));
    expect(isRunning(first)).toBe(true);
    supervisor = await rig.startReady();
    const second = await standby();
    process.kill(first, 'SIGCONT');
    await eventually('the standby of the old supervisor is gone', () => !isRunning(first));
    expect(await lockOwner()).toBe(supervisor.workerPid);

    supervisor.kill('SIGKILL');
    await eventually('nothing is left', () => rig.processes().length === 0);
    expect(isRunning(second)).toBe(false);

    supervisor = await rig.startReady();
    await standby();
    const from = supervisor.log.lines.length;
    expect((await rig.supervisorCommand('stop')).code).toBe(0);
    expect(await supervisor.ended).toMatchObject({ code: 0 });
    expect(rig.processes()).toEqual([]);
    expect(supervisor.log.lines.slice(from).filter(({ level }) => level > 30)).toEqual([]);
  });
});
