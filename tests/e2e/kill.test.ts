import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import { describeThisProcess } from '../../shared/process-identity.js';
import type { RestartState } from '../../supervisor/restart/restart-policy.js';
import type { CurrentRun } from '../../supervisor/supervisor-state.js';
import { Conversation } from '../support/conversation.js';
import { OrderedJobs } from '../support/ordered-jobs.js';
import { eventually, isRunning } from '../support/processes.js';
import { seededRandom } from '../support/random.js';

import { SharedPostgres } from '../support/shared-postgres.js';
import { BOT, type Program, TuxRig } from '../support/tux-rig.js';

const HEARTBEAT_INTERVAL_MS = 100;

let postgres: SharedPostgres;
let rig: TuxRig;
/** What the test before has left running for the next one, with settings of {@link createRig}; null when it failed. A start is dear. */
let left: Program | null = null;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(async () => {
  if (left !== null) await rig.dispose();
  await postgres.leave();
});
afterEach(async () => {
  if (left === null) await rig.dispose();
});

/** A Tux that serves: the one that was left, or a new one. */
async function serving(): Promise<Program> {
  if (left === null) {
    await createRig();
    return rig.startReady();
  }
  const supervisor = left;
  left = null;
  return supervisor;
}

async function createRig(env: Record<string, string> = {}): Promise<TuxRig> {
  if (left !== null) await rig.dispose();
  left = null;
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    TUX_HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS),
    TUX_HEARTBEAT_MISSES: '100', // loading the bot's modules blocks for seconds on a busy machine: that is no hang
    ...env,
  });
  return rig;
}

/** As when the machine loses power: nobody gets a chance to say anything. */
function killAtOnce(...pids: number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function gone(pid: number): Promise<void> {
  return eventually(`process ${pid} is gone`, () => !isRunning(pid));
}

async function queueIsEmpty(): Promise<void> {
  await eventually('the queue is empty', async () => (await rig.status()).worker?.queueDepth === 0);
}

/** The text of a file, to be compared with what it is later. */
async function contents(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '(none)')));
}

describe('a worker that is killed', () => {
  it('is started again each time, and every acknowledged job takes effect exactly once', async () => {
    const random = seededRandom(20_260_101);
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low));
    await createRig();
    const supervisor = await rig.startReady();
    const jobs = new OrderedJobs(rig.sandbox);
    jobs.order(200);
    await jobs.acknowledge(between(100, 200));

    for (let kill = 1; kill <= 3; kill += 1) {
      const from = supervisor.log.lines.length;
      killAtOnce(supervisor.workerPid);
      await supervisor.ready(from);
      await jobs.takeEffect(Math.min(jobs.acknowledged.length, jobs.effects.length + between(1, 50)));
    }
    await jobs.finish();
    await queueIsEmpty();

    expect(jobs.acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(new Set(jobs.effects).size).toBe(jobs.effects.length);
    const killed = { class: 'crash', signal: 'SIGKILL', code: null, reason: 'killed by SIGKILL' };
    expect(await rig.history()).toEqual([killed, killed, killed].map((run) => expect.objectContaining(run)));
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });
});

describe('a supervisor that is killed', () => {
  it('is noticed by its worker, which shuts itself down in order and leaves its last words', async () => {
    await createRig();
    const killed = await rig.startReady();
    const jobs = new OrderedJobs(rig.sandbox);
    jobs.order(20);
    await jobs.acknowledge(20);
    killAtOnce(killed.pid);
    await gone(killed.workerPid);

    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({
      reason: 'the supervisor is gone',
      clean: true,
    });
    const log = await readFile(rig.paths.log, 'utf8');
    const lastWords = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const begun = lastWords.find(({ event }) => event === 'shutdown:begin');
    expect(begun).toMatchObject({ name: 'worker', reason: { kind: 'supervisor-gone' } });
    expect(lastWords.at(-1)).toMatchObject({ name: 'worker', event: 'shutdown:done' });

    const next = await rig.startReady();
    await jobs.finish();
    expect(next.log.all('lock:takeover')).toHaveLength(1);
    expect(next.log.all('worker:leftover')).toEqual([]);
    expect(await rig.history()).toMatchObject([
      {
        pid: killed.workerPid,
        class: 'stopped',
        code: 0,
        reason: 'the supervisor is gone',
        readyMs: expect.any(Number),
      },
    ]);
    expect(new Set(jobs.effects).size).toBe(20);
    expect(jobs.effects).toHaveLength(20);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    left = next;
  });

  it('can be started again at the same instant, while its worker still shuts down', async () => {
    const killed = await serving();
    killAtOnce(killed.pid);
    const next = await rig.startReady();
    expect(isRunning(killed.workerPid)).toBe(false);
    expect((await rig.status()).worker?.pid).toBe(next.workerPid);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    left = next;
  });

  it('can be started again while its worker is paused and still holds its session', async () => {
    const killed = await serving();
    process.kill(killed.workerPid, 'SIGSTOP');
    killAtOnce(killed.pid);
    const next = await rig.startReady();
    expect(next.log.all('worker:leftover')).toMatchObject([{ pid: killed.workerPid }]);
    expect(isRunning(killed.workerPid)).toBe(false);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    left = next;
  });

  it.each([
    ['a worker', []],
    ['a standby', ['--standby']],
  ])('leaves no orphan when it was while %s was still being loaded', async (_, args) => {
    await createRig();
    // As when it is killed before anybody listens.
    const loadsSlowly = 'data:text/javascript,await new Promise((gone) => process.once("disconnect", gone))';
    const child = spawn(process.execPath, ['--import', loadsSlowly, BOT, ...args], {
      cwd: rig.folder,
      env: rig.env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const exit = once(child, 'exit');
    child.disconnect();
    expect(await exit).toEqual([0, null]);
    expect(rig.sandbox.recorder.counters.identifies).toBe(0);
  });

  it('can be killed and started again at any moment of its start', async () => {
    const random = seededRandom(20_260_102);
    await createRig();
    for (let kill = 1; kill <= 8; kill += 1) {
      const killed = rig.start();
      await killed.log.waitFor('worker:started');
      await sleep(random() * 800);
      killAtOnce(killed.pid);
    }
    const survivor = await rig.startReady();
    expect(rig.processes().sort()).toEqual([survivor.pid, survivor.workerPid].sort());
    expect(rig.sandbox.recorder.counters.maxLiveSessions).toBe(1);
  });

  it('can be started again although its worker, which had only just begun, gets to the lock first', async () => {
    await createRig();
    const killed = rig.start();
    await killed.log.waitFor('worker:started');
    process.kill(killed.workerPid, 'SIGSTOP');
    killAtOnce(killed.pid);
    const next = rig.start();
    await next.log.waitFor('worker:started');
    process.kill(next.workerPid, 'SIGSTOP');
    process.kill(killed.workerPid, 'SIGCONT');
    await eventually('the old worker has the lock, or has ended', async () => {
      return !isRunning(killed.workerPid) || (await readLockOwner(rig.paths.botLock))?.pid === killed.workerPid;
    });
    if (isRunning(killed.workerPid)) process.kill(killed.workerPid, 'SIGSTOP');
    // It may have let go of the lock in the meantime: then it was about to end, and is nobody's business.
    const hasLock = (await readLockOwner(rig.paths.botLock))?.pid === killed.workerPid;
    if (!hasLock && isRunning(killed.workerPid)) process.kill(killed.workerPid, 'SIGCONT');
    process.kill(next.workerPid, 'SIGCONT');
    await next.ready();
    if (!hasLock) await eventually('the old worker has ended', () => !isRunning(killed.workerPid));
    expect(rig.processes().sort()).toEqual([next.pid, next.workerPid].sort());
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });
});

describe('a machine that goes down with both', () => {
  it('comes up with every job and reminder, the late one too, each taking effect once', async () => {
    await createRig();
    const killed = await rig.startReady();
    const jobs = new OrderedJobs(rig.sandbox);
    await rig.ask('$remind 1h supper');
    jobs.order(8, 1);
    jobs.order(42);
    await jobs.acknowledge(50);
    await new Conversation(rig.sandbox).say('$remind 3s tea'); // last: it is to be due when the machine is down
    const dueAt = Date.now() + 3_000;
    killAtOnce(killed.workerPid, killed.pid);
    const isReminder = ({ content }: { content: string }) => content.startsWith('⏰ <@') && content.endsWith(' tea');
    const reminders = () => rig.sandbox.world.messages.list(SANDBOX_IDS.channels.general).filter(isReminder);
    expect(reminders(), 'the reminder came due before the machine went down').toEqual([]);
    await sleep(dueAt - Date.now());
    const missing = 50 - jobs.effects.length;

    const next = await rig.startReady();
    expect(next.log.all('lock:takeover')).toMatchObject([{ previous: { pid: killed.pid } }]);
    expect(next.log.all('recovery:unclean')).toMatchObject([{ previous: { pid: killed.workerPid } }]);
    expect(await rig.history()).toMatchObject([
      {
        pid: killed.workerPid,
        class: 'crash',
        code: null,
        signal: null,
        reason: expect.stringContaining('without a word'),
      },
    ]);
    // The lines of the worker come by another way than its word that it is ready.
    const opened = await next.log.waitFor('queue:opened');
    expect(opened).toMatchObject({ held: 0, rejected: {} });
    expect(opened.accepted).toBeGreaterThanOrEqual(missing); // and those that took effect, which nobody could note any more
    expect(await next.log.waitFor('reminders:opened')).toMatchObject({ late: 1, scheduled: 1 });
    await jobs.finish();
    await queueIsEmpty();
    expect(new Set(jobs.effects).size).toBe(50);
    expect(jobs.effects).toHaveLength(50);
    expect(reminders()).toHaveLength(1);
    expect((await rig.ask('$remind list')).content).toContain('supper');
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });
});

describe('a supervisor that is paused', () => {
  const LIMIT_MS = 3_000;

  /** Longer than what the supervisor has patience for in these tests. While it is paused nothing tells how long it has been: time has to pass. */
  async function pause({ pid }: Program): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    await sleep(LIMIT_MS * 1.3);
  }

  /** The last write of a start: it comes a moment after `ready` is announced. */
  function readyIsNoted(): Promise<void> {
    return eventually('supervisor.json says that the run is ready', async () => {
      const { run } = await rig.readState(rig.paths.supervisorState);
      return (run as CurrentRun).readyMs !== null;
    });
  }

  /** Crashes in a row, as the supervisor has written them down. */
  async function crashes(): Promise<number> {
    const { restart } = await rig.readState(rig.paths.supervisorState);
    return (restart as RestartState).consecutiveCrashes;
  }

  /** Nobody can take the lock of a supervisor that lives: somebody has removed it. */
  async function takeOver(): Promise<Program> {
    await rm(rig.paths.supervisorLock);
    await rm(`${rig.paths.supervisorLock}.lock`, { recursive: true });
    return rig.startReady();
  }

  /** On a busy machine a worker that serves may be silent for a moment, and not count as ready. */
  async function serves({ workerPid }: Program): Promise<void> {
    expect((await rig.status()).worker?.pid).toBe(workerPid);
    await eventually('it is ready', async () => (await rig.status()).ready);
    expect((await rig.status()).worker?.pid).toBe(workerPid);
  }

  it('does not take its own pause for a start that takes too long, nor for a hang of the worker', async () => {
    await createRig({
      TUX_HELLO_TIMEOUT_MS: String(LIMIT_MS),
      TUX_HEARTBEAT_MISSES: String(LIMIT_MS / HEARTBEAT_INTERVAL_MS),
    });
    const supervisor = rig.start();
    await supervisor.log.waitFor('worker:started');
    await pause(supervisor);
    process.kill(supervisor.pid, 'SIGCONT');
    await supervisor.ready();
    expect(supervisor.log.all('worker:start:timeout')).toEqual([]);
    expect(supervisor.log.all('worker:started')).toHaveLength(1);

    await pause(supervisor);
    process.kill(supervisor.pid, 'SIGCONT');
    const { worker } = await rig.status();
    const resumedAt = worker?.uptimeMs ?? 0;
    await eventually('the watchdog has looked some more times', async () => {
      return ((await rig.status()).worker?.uptimeMs ?? 0) > resumedAt + 5 * HEARTBEAT_INTERVAL_MS;
    });
    expect(supervisor.log.all('worker:hang')).toEqual([]);
    expect((await rig.status()).worker?.runId).toBe(worker?.runId);
    expect((await rig.ask('$ping')).id).toBeDefined();
    expect(await rig.history()).toEqual([]);
  });

  it('gives way to another one that took over meanwhile, and writes nothing more', async () => {
    const paused = await serving();
    process.kill(paused.pid, 'SIGSTOP');
    const successor = await takeOver();
    await readyIsNoted();
    expect(isRunning(paused.workerPid)).toBe(false);
    const files = [rig.paths.history, rig.paths.supervisorState, rig.paths.identifyLedger, rig.paths.supervisorLock];
    const before = await contents(files);

    process.kill(paused.pid, 'SIGCONT');
    expect(await paused.ended).toEqual({ code: 73, signal: null });
    expect(await contents(files)).toEqual(before);
    await serves(successor);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    left = successor;
  });

  it('gives way also when its back-off ends at the moment it goes on', async () => {
    const paused = await serving();
    const before = await crashes();
    killAtOnce(paused.workerPid);
    await eventually('the crash is noted, the back-off has begun', async () => (await crashes()) > before);
    process.kill(paused.pid, 'SIGSTOP');
    const successor = await takeOver();

    process.kill(paused.pid, 'SIGCONT');
    expect(await paused.ended).toEqual({ code: 73, signal: null });
    await serves(successor);
    expect(rig.processes().sort()).toEqual([successor.pid, successor.workerPid].sort());
    expect(rig.sandbox.recorder.counters.maxLiveSessions).toBe(1);
    left = successor;
  });

  it('stops its worker when the lock names somebody else, and writes nothing more', async () => {
    const supervisor = await serving();
    await readyIsNoted();
    process.kill(supervisor.pid, 'SIGSTOP');
    await writeFile(rig.paths.supervisorLock, `${JSON.stringify(describeThisProcess())}\n`);
    const files = [rig.paths.history, rig.paths.supervisorState, rig.paths.identifyLedger, rig.paths.supervisorLock];
    const before = await contents(files);

    process.kill(supervisor.pid, 'SIGCONT');
    expect(await supervisor.ended).toEqual({ code: 73, signal: null });
    expect(rig.processes()).toEqual([]);
    expect(await contents(files)).toEqual(before);
    expect(supervisor.log.all('lock:compromised')).toHaveLength(1);
  });
});
