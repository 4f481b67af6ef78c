import type { Job } from './job.js';

/** Pure: each function returns the job's next record. `now` is in wall-clock milliseconds. */

/** An attempt begins; it counts from here on, so that a job that kills the process runs out of attempts. */
export function started(job: Job, now: number): Job {
  const at = stamp(job, now);
  return { ...job, status: 'running', attempts: job.attempts + 1, startedAt: at, updatedAt: at };
}

/** A shutdown cut the attempt short before it did anything: as if it had not begun. */
export function released(job: Job, now: number): Job {
  return { ...requeued(job, now), attempts: Math.max(0, job.attempts - 1) };
}

/** Waits to run again; the attempt that was made stays counted. */
export function requeued(job: Job, now: number): Job {
  const { startedAt: _, ...rest } = job;
  return { ...rest, status: 'queued', updatedAt: stamp(job, now) };
}

/** Waits for the end of the back-off, or has failed for good when no attempts are left. */
export function afterFailure(job: Job, lastError: string, retryDelayMs: number, now: number): Job {
  const isLast = job.attempts >= job.maxAttempts;
  if (isLast) return { ...job, status: 'failed', lastError, updatedAt: stamp(job, now) };
  return { ...requeued(job, now), lastError, notBefore: new Date(now + retryDelayMs).toISOString() };
}

/** Nobody knows how far it came: a human has to look. */
export function interrupted(job: Job, now: number): Job {
  return { ...job, status: 'interrupted', updatedAt: stamp(job, now) };
}

/** Never before the creation, even if the wall clock was set back: such a job would be refused on the next boot. */
function stamp(job: Job, now: number): string {
  return new Date(Math.max(now, Date.parse(job.createdAt))).toISOString();
}
