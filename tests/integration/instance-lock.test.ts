import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, readLockOwner } from '../../shared/instance-lock.js';
import { describeThisProcess } from '../../shared/process-identity.js';
import { ensureCompiled } from '../support/compiled.js';

const fixture = resolve(import.meta.dirname, '../fixtures/children/race-for-lock.mjs');
const RACERS = 50;
const ROUNDS = 3;

interface Report {
  readonly outcome: string;
  readonly message?: string;
}

let folder: string;
let file: string;

beforeAll(() => ensureCompiled(['shared/instance-lock.ts', 'shared/process-mutex.ts', 'shared/process-identity.ts']));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-lock-race-'));
  file = join(folder, 'bot.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

async function kill(child: ChildProcess): Promise<void> {
  if (!isAlive(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function report(child: ChildProcess): Promise<Report> {
  const [message] = (await once(child, 'message')) as [Report];
  return message;
}

describe('an instance lock among processes', () => {
  /** For both races: the first costs some of them their life, and fifty are to take part in the second. */
  let children: ChildProcess[];
  beforeAll(async () => {
    const spares = ROUNDS;
    children = Array.from({ length: RACERS + spares }, () =>
      fork(fixture, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] }),
    );
    await Promise.all(children.map(report));
  });
  afterAll(() => Promise.all(children.map(kill)));

  /** Lets everybody go at once and returns those who won. Nobody lets go of what it has, so two winners are two owners. */
  async function race(racers: readonly ChildProcess[]): Promise<ChildProcess[]> {
    const reports = racers.map(report);
    for (const racer of racers) racer.send(file);
    const outcomes = (await Promise.all(reports)).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['won', 'TUX_LOCKED']));
    return racers.filter((_, i) => outcomes[i] === 'won');
  }

  it('of a dead owner goes to one of 50 racing processes, and when that is killed to one of the others', async () => {
    writeFileSync(file, JSON.stringify({ ...describeThisProcess(), startTicks: 1 }));
    mkdirSync(`${file}.lock`);
    const racers = children.filter(isAlive).slice(0, RACERS);
    expect(racers).toHaveLength(RACERS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [winner, ...others] = await race(racers.filter(isAlive));
      expect(others, `second owner in round ${round}`).toEqual([]);
      expect((await readLockOwner(file))?.pid).toBe(winner?.pid);
      if (winner !== undefined) await kill(winner);
    }
  });

  it('goes to one of 50 even if a process died in the middle of a takeover', async () => {
    writeFileSync(file, JSON.stringify({ ...describeThisProcess(), startTicks: 1 }));
    const racers = children.filter(isAlive).slice(0, RACERS);
    expect(racers).toHaveLength(RACERS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      symlinkSync(JSON.stringify({ ...describeThisProcess(), startTicks: 1 }), `${file}.mutex`);
      const winners = await race(racers.filter(isAlive));
      expect(winners, `owners in round ${round}`).toHaveLength(1);
      await Promise.all(winners.map(kill));
    }
  });

  it('of an owner that was killed before it wrote its record is free when its folder is stale', async () => {
    mkdirSync(`${file}.lock`);
    const beat = Date.now() / 1_000 - 11;
    utimesSync(`${file}.lock`, beat, beat);
    const lock = await acquireLock({ file, onCompromised: () => {} });
    expect(lock.isHeld()).toBe(true);
    await lock.release();
  });

  it('that was lost is left to its new owner, also when the process that lost it ends', async () => {
    const loser = fork(fixture, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    await report(loser);
    loser.send(file);
    expect(await report(loser)).toEqual({ outcome: 'won' });
    for (const path of [file, `${file}.lock`]) rmSync(path, { recursive: true }); // by somebody who could not wait
    const lock = await acquireLock({ file, onCompromised: () => {} });
    const exit = once(loser, 'exit');
    loser.disconnect();
    expect(await exit).toEqual([0, null]);
    expect(lock.isHeld()).toBe(true);
    expect(existsSync(`${file}.lock`)).toBe(true); // else it would soon be compromised
    await lock.release();
  });

  it('is reported as lost by its heartbeat when its folder vanishes', async () => {
    const lost = new Promise<Error>((onCompromised) => {
      void acquireLock({ file, onCompromised }).then(() => rmSync(`${file}.lock`, { recursive: true }));
    });
    expect((await lost).message).toContain('ENOENT');
  });
});
