import type { z } from 'zod';
import type { Logger } from '../../shared/logging/logger.js';
import type { Job } from './job.js';

/** How long a job may wait across restarts unless its kind says otherwise. */
export const DEFAULT_MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/** What one attempt at a job is given. */
export interface JobContext<P> {
  readonly job: Job;
  readonly payload: P;
  /** Aborts when the bot shuts down and the time for running jobs is up. */
  readonly signal: AbortSignal;
  /** At most 25 characters, the same at every attempt: pass it as `nonce` with `enforceNonce: true`. */
  readonly effectKey: string;
  readonly log: Logger;
}

/** What a cog registers: how jobs of one name are checked and run. */
export interface JobKind<P> {
  readonly name: string;
  readonly payload: z.ZodType<P>;
  /**
   * True when a second run does no harm, because the effect carries `effectKey` or is one by nature. Such a job runs again
   * after a crash in the middle; any other becomes `interrupted` and is reported.
   */
  readonly idempotent: boolean;
  /** Default: 5 when idempotent, else 1. */
  readonly maxAttempts?: number;
  /** The most of them that run at the same time, so that slow ones leave room for others. Default: no limit of its own. */
  readonly maxRunning?: number;
  /** Older jobs are not run after a restart. Counts from `notBefore` where that is later than the creation. */
  readonly maxAgeMs?: number;
  /**
   * Called once per attempt. Resolves when the effect has taken place; rejects when it has not, and the job is tried again
   * after a back-off. Once `signal` has aborted, a rejection means "not done, run me again after the restart".
   */
  run(context: JobContext<P>): Promise<void>;
}

/** Attempts that a job of this kind gets. */
export function maxAttemptsOf(kind: Pick<JobKind<unknown>, 'idempotent' | 'maxAttempts'>): number {
  return kind.maxAttempts ?? (kind.idempotent ? 5 : 1);
}
