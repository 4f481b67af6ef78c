import { type BackoffPolicy, backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import { describeError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { redact } from '../../shared/redact.js';
import { effectKeyOf, type Job } from './job.js';
import type { JobKind } from './job-kind.js';
import type { JobStore } from './job-store.js';
import { afterFailure, released, started } from './job-transitions.js';

/** Between attempts of a job, and between attempts to write its record to a disk that refuses. */
const RETRY_BACKOFF: BackoffPolicy = { baseMs: 1_000, maxMs: 60_000 };
const MAX_ERROR_LENGTH = 500;

/**
 * How a run ended. `finished`: the job left the queue, done or dropped. `failed`: no attempts left. `requeued`: `job` waits
 * to run again. `unrecorded`: the outcome could not be written before the shutdown, the disk still says `running`.
 */
export type RunResult =
  | { readonly type: 'finished' | 'failed' | 'unrecorded' }
  | { readonly type: 'requeued'; readonly job: Job };

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Aborts when there is no more time to wait for a disk that refuses. */
  readonly giveUp: AbortSignal;
}

/** Takes one job through one attempt. Each step is durable before the next begins. Never rejects. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** @param signal aborts when the job must make way for a shutdown. */
  async run(job: Job, kind: JobKind<unknown>, signal: AbortSignal): Promise<RunResult> {
    const { store, clock } = this.#options;
    const log = this.#options.log.child({ job: job.id, kind: job.kind });
    if (job.expiresAt !== undefined && Date.parse(job.expiresAt) <= clock.now()) {
      log.warn({ event: 'job:expired', expiresAt: job.expiresAt }, '⚠️ job dropped: it expired before it could begin');
      return this.#record(log, () => store.remove(job), { type: 'finished' });
    }
    const running = started(job, clock.now());
    const begun = await this.#record(log, () => store.put(running), { type: 'finished' });
    if (begun.type === 'unrecorded') return { type: 'requeued', job }; // never begun: the disk still says `queued`
    try {
      signal.throwIfAborted();
      const payload = kind.payload.parse(job.payload);
      log.debug({ event: 'job:started', attempt: running.attempts }, '🔧 job started');
      await kind.run({ job: running, payload, signal, effectKey: effectKeyOf(job.id), log });
    } catch (error) {
      return signal.aborted ? this.#release(running, log) : this.#fail(running, error, log);
    }
    log.info({ event: 'job:finished', attempt: running.attempts }, '✅ job finished');
    return this.#record(log, () => store.finish(running), { type: 'finished' });
  }

  #release(running: Job, log: Logger): Promise<RunResult> {
    const { store, clock } = this.#options;
    const job = released(running, clock.now());
    log.info({ event: 'job:released' }, '🔧 job goes back to the queue: the bot is shutting down');
    return this.#record(log, () => store.put(job), { type: 'requeued', job });
  }

  #fail(running: Job, error: unknown, log: Logger): Promise<RunResult> {
    const { store, clock, random } = this.#options;
    const delayMs = backoffDelay(RETRY_BACKOFF, running.attempts - 1, random);
    const lastError = redact(describeError(error)).slice(0, MAX_ERROR_LENGTH);
    const job = afterFailure(running, lastError, delayMs, clock.now());
    const { attempts: attempt, maxAttempts } = running;
    if (job.status === 'failed') {
      log.error({ event: 'job:failed', attempt, maxAttempts, err: error }, '❌ job failed, no attempts are left');
      return this.#record(log, () => store.put(job), { type: 'failed' });
    }
    log.warn({ event: 'job:retry', attempt, maxAttempts, delayMs, err: error }, '⚠️ job failed and will be tried again');
    return this.#record(log, () => store.put(job), { type: 'requeued', job });
  }

  /** Writes until the disk takes it: an effect that took place must not be forgotten because the disk was full. */
  async #record(log: Logger, write: () => Promise<void>, result: RunResult): Promise<RunResult> {
    const { clock, random, giveUp } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        await write();
        return result;
      } catch (error) {
        log.error({ event: 'job:record:failed', failures, err: error }, '❌ job: its state could not be written');
      }
      try {
        await clock.sleep(backoffDelay(RETRY_BACKOFF, failures, random), giveUp);
      } catch {
        return { type: 'unrecorded' };
      }
    }
  }
}
