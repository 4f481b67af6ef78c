import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicFactory } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../../bot/scheduling/job.js';
import { JobStore } from '../../../../bot/scheduling/job-store.js';
import { silentLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

let folder: string;
let store: JobStore;
let clock: FakeClock;
const nextId = monotonicFactory();

function newStore(): JobStore {
  const snapshotPath = join(folder, 'queue-cache.json');
  const journalPath = join(folder, 'queue-cache.journal');
  return new JobStore({ snapshotPath, journalPath, runId: 'run', clock, log: silentLogger() });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-store-'));
  clock = new FakeClock();
  store = newStore();
  await store.load();
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function job(dedupeKey: string, status: Job['status'] = 'queued'): Job {
  const at = new Date(clock.now()).toISOString();
  const id = nextId(clock.now());
  const attempts = { attempts: 1, maxAttempts: 1 };
  return {
    id,
    kind: 'k',
    payload: null,
    status,
    ...attempts,
    createdAt: at,
    updatedAt: at,
    idempotent: true,
    dedupeKey,
  };
}

describe('JobStore', () => {
  it('keeps no more than the newest thousand failed and interrupted jobs', async () => {
    const jobs = Array.from({ length: 1_100 }, (_, n) => job(`key ${n}`, n % 2 === 0 ? 'failed' : 'interrupted'));
    await Promise.all(jobs.map((each) => store.put(each)));
    expect(store.list()).toEqual(jobs.slice(100));
    expect(store.findByDedupeKey('key 99'), 'a job that was dropped blocks nothing').toBeUndefined();
    expect(store.findByDedupeKey('key 101')).toMatchObject({ status: 'interrupted' });
  });

  it('remembers no more than the newest ten thousand finished jobs', async () => {
    const jobs = Array.from({ length: 10_010 }, (_, n) => job(`key ${n}`));
    await Promise.all(jobs.map((each) => store.finish(each)));
    expect(store.findByDedupeKey('key 9')).toBeUndefined();
    expect(store.findByDedupeKey('key 10')).toMatchObject({ status: 'finished' });
  });

  it('loads finished jobs of the last day only, apart from the others', async () => {
    await store.finish(job('old'));
    await clock.advance(24 * 3_600_000 + 1);
    const waiting = job('waiting');
    await store.put(waiting);
    await store.finish(job('fresh'));
    await store.close();
    store = newStore();
    const { jobs, finished } = await store.load();
    expect(jobs).toEqual([waiting]);
    expect(finished).toMatchObject([{ dedupeKey: 'fresh' }]);
  });
});
