import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AUTOMATIC_RESERVE } from '../../../shared/identify-ledger.js';
import { acquireLock, type InstanceLock } from '../../../shared/instance-lock.js';
import { type Paths, resolvePaths } from '../../../shared/paths.js';
import { FakeClock } from '../../../shared/testing/index.js';
import { DiskRetry } from '../../../supervisor/disk-retry.js';
import { SupervisorState } from '../../../supervisor/supervisor-state.js';
import { recordingLogger } from '../../support/framework-fakes.js';

let folder: string;
let paths: Paths;
let lock: InstanceLock;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-state-'));
  paths = resolvePaths({ stateDir: folder, logDir: folder });
  lock = await acquireLock({ file: paths.supervisorLock, onCompromised: () => {} });
  clock = new FakeClock();
  logger = recordingLogger();
});
afterEach(async () => {
  await lock.release();
  await rm(folder, { recursive: true });
});

async function load(): Promise<SupervisorState> {
  const retry = new DiskRetry({ log: logger.log, clock });
  const state = new SupervisorState({ paths, lock, retry, log: logger.log, clock });
  await state.load();
  return state;
}

const restart = { consecutiveCrashes: 3, recentCrashes: ['2026-01-01T00:00:00.000Z'], holds: 1 };
const hold = { reason: 'crash-loop', message: 'boom', until: '2026-01-01T00:01:00.000Z' } as const;
const limit = (remaining: number) => ({ total: 10, remaining, reset_after: 3_600_000, max_concurrency: 1 });

describe('what a supervisor remembers', () => {
  it('is nothing at first', async () => {
    const state = await load();
    expect([state.hold, state.restart.consecutiveCrashes, state.budget.remaining]).toEqual([null, 0, 1_000]);
  });

  it('are the runs whose end is not recorded yet, also one that the next did not wait for', async () => {
    const run = (runId: string) => ({ runId, pid: 1, startedAt: '2026-01-01T00:00:00.000Z', readyMs: null });
    const first = await load();
    await first.saveRun(run('RUN-1'));
    await first.saveRun(run('RUN-2'));
    await first.saveReady(812);
    expect((await load()).unrecorded).toEqual([run('RUN-1'), { ...run('RUN-2'), readyMs: 812 }]);
    const second = await load();
    await second.forgetRun('RUN-1');
    expect((await load()).unrecorded.map(({ runId }) => runId)).toEqual(['RUN-2']);
    await second.forgetRun('RUN-2');
    expect((await load()).unrecorded).toEqual([]);
  });

  it('are crashes, holds and IDENTIFYs, over its own end', async () => {
    const first = await load();
    await first.saveRestart(restart, hold);
    await first.leaseIdentify(null, AUTOMATIC_RESERVE);
    const second = await load();
    expect(second.restart).toEqual(restart);
    expect(second.hold).toEqual(hold);
    expect(second.budget.remaining).toBe(999);
  });

  it('is kept aside, and begun anew, when it cannot be read', async () => {
    writeFileSync(paths.supervisorState, '');
    writeFileSync(paths.identifyLedger, '{"schemaVersion":1,"kind":"identify-ledger"');
    const state = await load();
    expect([state.hold, state.budget.remaining]).toEqual([null, 1_000]);
    expect(logger.events()).toEqual(['state:quarantined', 'state:quarantined']);
    expect(readdirSync(folder).filter((name) => name.includes('.broken.'))).toHaveLength(2);
  });

  it('is not touched when a newer supervisor wrote it (78)', async () => {
    const newer = { schemaVersion: 2, kind: 'supervisor', savedAt: '2026-01-01T00:00:00.000Z', runId: 'x', data: {} };
    writeFileSync(paths.supervisorState, JSON.stringify(newer));
    await expect(load()).rejects.toMatchObject({ code: 'TUX_STATE_NEWER', exitCode: 78 });
  });

  it('is not written any more by one that has lost its lock (73)', async () => {
    const state = await load();
    await state.saveRestart(restart, hold);
    writeFileSync(paths.supervisorLock, JSON.stringify({ ...lock.owner, nonce: 'a successor' }));
    await expect(state.saveRestart({ ...restart, holds: 9 }, null)).rejects.toMatchObject({ code: 'TUX_LOCK_LOST' });
    await expect(state.leaseIdentify(null, 0)).rejects.toMatchObject({ code: 'TUX_LOCK_LOST', exitCode: 73 });
    await expect(state.leaseIdentify(limit(5), 0)).rejects.toMatchObject({ code: 'TUX_LOCK_LOST' });
    expect(existsSync(paths.identifyLedger)).toBe(false);
    expect((JSON.parse(await readFile(paths.supervisorState, 'utf8')) as { data: unknown }).data).toMatchObject({
      restart,
      hold,
    });
  });

  it('is not written by one that loses its lock in the middle of a write: as when it is paused there', async () => {
    const state = await load();
    await state.saveRestart(restart, hold);
    const before = readFileSync(paths.supervisorState, 'utf8');
    const late = state.saveRestart({ ...restart, holds: 9 }, null);
    writeFileSync(paths.supervisorLock, JSON.stringify({ ...lock.owner, nonce: 'a successor' }));
    await expect(late).rejects.toMatchObject({ code: 'TUX_LOCK_LOST' });
    expect(readFileSync(paths.supervisorState, 'utf8')).toBe(before);
  });

  it('is worth an error in the log, not the bot, when the disk does not take it', async () => {
    const state = await load();
    await rm(paths.supervisorState);
    mkdirSync(paths.supervisorState);
    await state.saveRestart(restart, hold);
    expect(state.hold).toEqual(hold);
    expect(logger.events()).toEqual(['state:write-failed']);
  });

  it('is written when the disk is well again: a run that began meanwhile is not left out', async () => {
    const state = await load();
    await rm(paths.supervisorState);
    mkdirSync(paths.supervisorState);
    await state.saveRun({ runId: 'RUN', pid: 1, startedAt: '2026-01-01T00:00:00.000Z', readyMs: null });
    await state.saveReady(812);
    rmdirSync(paths.supervisorState);
    await clock.advance(100);
    await vi.waitFor(() => expect(logger.events().at(-1)).toBe('disk:written'));
    expect(clock.pending).toBe(0);
    expect((await load()).unrecorded).toMatchObject([{ runId: 'RUN', readyMs: 812 }]);
  });
});

describe('a lease', () => {
  it('is on disk before it is granted, and counts against what Discord has just said', async () => {
    const state = await load();
    expect(await state.leaseIdentify(limit(5), AUTOMATIC_RESERVE)).toEqual({
      granted: true,
      budget: { total: 10, remaining: 4, resetAt: '2026-01-01T01:00:00.000Z' },
    });
    expect((await load()).budget.remaining).toBe(4);
  });

  it('is denied at the reserve, with the wait, and what Discord said is kept', async () => {
    const state = await load();
    expect(await state.leaseIdentify(limit(2), AUTOMATIC_RESERVE)).toMatchObject({
      granted: false,
      retryAfterMs: 3_600_000,
      budget: { remaining: 2 },
    });
    expect((await load()).budget.remaining).toBe(2);
  });

  it('is given to one of two that ask at the same time for the last', async () => {
    const state = await load();
    await state.leaseIdentify(limit(3), 1); // refused, but what Discord said is noted
    const answers = await Promise.all([
      state.leaseIdentify(null, AUTOMATIC_RESERVE),
      state.leaseIdentify(null, AUTOMATIC_RESERVE),
    ]);
    expect(answers.map(({ granted }) => granted)).toEqual([true, false]);
    expect((await load()).budget.remaining).toBe(2);
  });
});
