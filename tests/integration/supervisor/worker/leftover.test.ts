import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../../shared/clock.js';
import { describeThisProcess, type ProcessOwner, readProcStat } from '../../../../shared/process-identity.js';
import { endLeftover } from '../../../../supervisor/worker/leftover.js';
import { recordingLogger } from '../../../support/framework-fakes.js';
import { eventually, isRunning, processesWith } from '../../../support/processes.js';
import { gone } from '../../../support/run-rig.js';

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures/children');

/** Waits a thousandth of what it is told to, and believes that it was all. */
class HastyClock implements Clock {
  #passedMs = 0;
  now = () => Date.now();
  monotonic = () => this.#passedMs;
  async sleep(ms: number): Promise<void> {
    await sleep(ms / 1_000);
    this.#passedMs += ms;
  }
  after = (ms: number, ring: () => void) => systemClock.after(ms / 1_000, ring);
}

let folder: string;
let lockFile: string;
let children: ChildProcess[];
let logger: ReturnType<typeof recordingLogger>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-leftover-'));
  lockFile = join(folder, 'bot.lock');
  children = [];
  logger = recordingLogger();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A worker of a supervisor that is gone: alive, and named by the lock. */
async function leftover(name: string, environment: Record<string, string>): Promise<ChildProcess & { pid: number }> {
  const program = join(FIXTURES, `${name}.mjs`);
  if (!existsSync(program)) throw new Error(`there is no ${program}`); // it would look like one that has gone
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  if (name === 'ignores-sigterm') await once(child.stdout, 'data');
  const { pid } = child;
  if (pid === undefined) throw new Error('it did not start');
  own({ pid, startTicks: readProcStat(pid)?.startTicks ?? null });
  return Object.assign(child, { pid });
}

function own(owner: Partial<ProcessOwner>): void {
  writeFileSync(lockFile, JSON.stringify({ ...describeThisProcess(), ...owner }));
}

const end = (assertHeld = () => {}, clock: Clock = new HastyClock()) =>
  endLeftover(lockFile, logger.log, clock, assertHeld);

describe('a left-over worker', () => {
  it('is asked to go, and gone before a new one may start', async () => {
    const child = await leftover('never-hello', { TUX_RUN_ID: 'leftover-1' });
    const exit = once(child, 'exit');
    await end(() => {}, systemClock); // a hasty one would kill it before it gets a processor to obey on
    expect(isRunning(child.pid)).toBe(false);
    expect(await exit).toEqual([null, 'SIGTERM']);
    expect(logger.records).toEqual([
      expect.objectContaining({ event: 'worker:leftover', pid: child.pid, runId: 'leftover-1' }),
    ]);
  });

  it('that does not go is killed, with its children', async () => {
    const child = await leftover('ignores-sigterm', { TUX_RUN_ID: `leftover-${process.pid}` });
    const exit = once(child, 'exit');
    const all = processesWith(`TUX_RUN_ID=leftover-${process.pid}`);
    expect(all).toHaveLength(3); // one of its children is in a process group of its own
    await end();
    expect(await exit).toEqual([null, 'SIGKILL']);
    await Promise.all(all.map(gone));
  });

  it('that the kernel does not let go, not even by SIGKILL, is waited for some seconds and then named (73)', async () => {
    const child = await leftover('ignores-sigterm', { TUX_RUN_ID: `leftover-d-${process.pid}` });
    const clock = new HastyClock();
    const isStuck = endLeftover(
      lockFile,
      logger.log,
      clock,
      () => {},
      () => true,
    );
    await expect(isStuck).rejects.toMatchObject({
      code: 'TUX_LEFTOVER_STUCK',
      exitCode: 73,
      message: expect.stringContaining(`pid ${child.pid}`),
      hint: expect.stringContaining(`/proc/${child.pid}`),
    });
    expect(clock.monotonic()).toBeGreaterThan(10_000);
  });

  it('that has begun to end, and so has lost its environment, is not taken for somebody’s own', async () => {
    // The parent becomes a program that reaps nobody; a shell that still is one would.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    const program = () => readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').split('\0')[0];
    await eventually('the shell is none any more', () => program() === 'sleep');
    process.kill(pid, 'SIGKILL');
    await eventually('it has ended, and nobody reaps it', () => readProcStat(pid)?.state === 'Z');
    own({ pid, startTicks: readProcStat(pid)?.startTicks ?? null });
    const isStuck = endLeftover(
      lockFile,
      logger.log,
      new HastyClock(),
      () => {},
      () => true,
    );
    await expect(isStuck).rejects.toMatchObject({ code: 'TUX_LEFTOVER_STUCK' });
  });

  it('that is stopped (SIGSTOP) goes all the same', async () => {
    const child = await leftover('never-hello', { TUX_RUN_ID: 'leftover-2' });
    child.kill('SIGSTOP');
    await end();
    expect(isRunning(child.pid)).toBe(false);
  });

  it('that is the worker of a successor, since we were paused and lost our lock, is left alone', async () => {
    const child = await leftover('never-hello', { TUX_RUN_ID: 'leftover-3' });
    const lost = new Error('the lock is lost');
    const isAsked = end(() => {
      throw lost;
    });
    await expect(isAsked).rejects.toBe(lost);
    expect(isRunning(child.pid)).toBe(true);
    expect(logger.records).toEqual([]);
  });

  it('that somebody runs without a supervisor is left alone and named (73)', async () => {
    const child = await leftover('never-hello', {});
    await expect(end()).rejects.toMatchObject({
      code: 'TUX_LOCKED',
      exitCode: 73,
      message: expect.stringContaining(`pid ${child.pid}`),
      hint: `stop it first (kill ${child.pid})`,
    });
    expect(isRunning(child.pid)).toBe(true);
  });

  it.each<[string, () => void]>([
    ['there is no lock', () => {}],
    ['the lock cannot be read', () => writeFileSync(lockFile, '{"pid":')],
    ['its pid belongs to somebody else by now', () => own({ pid: process.ppid, startTicks: 1 })],
    ['it was in another boot', () => own({ bootId: 'another' })],
    ['its pid is gone', () => own({ pid: 2 ** 22 - 1 })],
    ['it is on another host', () => own({ hostname: 'another' })],
  ])('is none, and nobody is touched, when %s', async (_what, prepare) => {
    prepare();
    await end();
    expect(logger.records).toEqual([]);
  });
});
