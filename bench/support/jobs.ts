import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import type { Job } from '../../bot/scheduling/job.js';
import { JobQueue } from '../../bot/scheduling/job-queue.js';
import type { JobRequest } from '../../bot/scheduling/job-request.js';
import { systemClock } from '../../shared/clock.js';
import { silentLogger } from '../../shared/logging/logger.js';

const KIND = 'say';
/** Jobs joined into one write of the file. */
const JOBS_PER_WRITE = 10_000;
const nextId = monotonicFactory();

/** What the benchmarks have done, such as a cog would ask for. */
export const REQUEST: JobRequest = {
  kind: KIND,
  payload: { text: 'time for tea', number: 7 },
  guildId: '200000000000000001',
  channelId: '300000000000000001',
  userId: '100000000000000001',
};

/** A queue over the files in `folder`, which takes jobs and runs none. */
export function newQueue(folder: string): JobQueue {
  const queue = new JobQueue({
    snapshotPath: snapshotPath(folder),
    journalPath: join(folder, 'queue-cache.journal'),
    runId: 'bench',
    clock: systemClock,
    log: silentLogger(),
  });
  const payload = z.object({ text: z.string(), number: z.number() });
  queue.register({ name: KIND, payload, idempotent: true, run: async () => {} });
  return queue;
}

export function snapshotPath(folder: string): string {
  return join(folder, 'queue-cache.json');
}

/** Leaves the file behind that a worker with so many waiting jobs leaves. */
export async function writeWaitingJobs(folder: string, count: number): Promise<void> {
  const savedAt = new Date().toISOString();
  const file = await open(snapshotPath(folder), 'w');
  try {
    const head = { schemaVersion: 1, kind: 'jobs', savedAt, runId: 'bench' };
    await file.write(`${JSON.stringify(head).slice(0, -1)},"data":{"journalSeq":0,"records":[`);
    for (let from = 0; from < count; from += JOBS_PER_WRITE) {
      const size = Math.min(JOBS_PER_WRITE, count - from);
      const jobs = Array.from({ length: size }, () => JSON.stringify(waitingJob(savedAt)));
      await file.write(`${from === 0 ? '' : ','}${jobs.join(',')}`);
    }
    await file.write(']}}\n');
    await file.sync();
  } finally {
    await file.close();
  }
}

function waitingJob(at: string): Job {
  const state = {
    status: 'queued',
    attempts: 0,
    maxAttempts: 5,
    createdAt: at,
    updatedAt: at,
    idempotent: true,
  } as const;
  return { id: nextId(), ...REQUEST, payload: REQUEST.payload, ...state };
}

/**
 * Enqueues for so long, with so many of them under way at any time.
 *
 * @returns jobs a second.
 */
export async function enqueueFor(durationMs: number, atOnce: number, enqueue: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const one = async () => {
    for (; performance.now() - startedAt < durationMs; count += 1) await enqueue();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return count / ((performance.now() - startedAt) / 1_000);
}
