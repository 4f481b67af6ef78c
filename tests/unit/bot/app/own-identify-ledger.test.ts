import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnIdentifyLedger } from '../../../../bot/app/own-identify-ledger.js';
import { FakeClock } from '../../../../shared/testing/index.js';

const limit = (remaining: number) => ({ total: 10, remaining, reset_after: 3_600_000, max_concurrency: 1 });

describe('the ledger of a worker that runs alone', () => {
  let folder: string;
  let path: string;
  let clock: FakeClock;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-own-ledger-'));
    path = join(folder, 'identify-ledger.json');
    clock = new FakeClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const newRun = () => new OwnIdentifyLedger(path, 'run', clock);
  const spentOnDisk = async () => (JSON.parse(await readFile(path, 'utf8')).data.identifies as string[]).length;

  it('has each IDENTIFY on disk before it is granted', async () => {
    expect(await newRun().lease(0, null)).toMatchObject({ granted: true, budget: { remaining: 999 } });
    expect(await spentOnDisk()).toBe(1);
  });

  it('goes on with what the run before has spent', async () => {
    await newRun().lease(0, null);
    clock.jumpWallClock(60_000);
    expect(await newRun().lease(0, null)).toMatchObject({ granted: true, budget: { remaining: 998 } });
  });

  it('counts the IDENTIFY against what Discord has just reported', async () => {
    expect(await newRun().lease(0, limit(5))).toMatchObject({ granted: true, budget: { total: 10, remaining: 4 } });
  });

  it('keeps the reserve, says until when, and spends nothing', async () => {
    const run = newRun();
    expect((await run.lease(0, limit(3))).granted).toBe(true);
    clock.jumpWallClock(1_000);
    expect(await run.lease(0, limit(2))).toEqual({
      granted: false,
      retryAfterMs: 3_600_000,
      reason: '2 of 10 IDENTIFYs left, which is the reserve',
    });
    expect(await spentOnDisk()).toBe(1);
    clock.jumpWallClock(3_600_000);
    expect((await newRun().lease(0, null)).granted).toBe(true);
  });
});
