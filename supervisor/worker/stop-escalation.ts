import { type Clock, systemClock } from '../../shared/clock.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { WorkerProcess } from './worker-process.js';

/** Between SIGTERM and SIGKILL, in ms. */
export const SIGTERM_GRACE_MS = 3_000;
/** What is left of the deadline after a second signal. */
const HURRIED_DEADLINE_MS = 2_000;
/** What the worker hears then. It is shutting down already, for a reason that stays. */
const HURRY: StopRequest = {
  action: 'stop',
  reason: { kind: 'supervisor', message: 'asked again' },
  deadlineMs: HURRIED_DEADLINE_MS,
};

/** What a worker is asked to do, why, and how long it has. */
export interface StopRequest {
  readonly action: 'stop' | 'restart';
  readonly reason: ShutdownReason;
  readonly deadlineMs: number;
}

/**
 * Ends one worker, harder and harder: IPC `shutdown` → at the deadline SIGTERM → 3 s → SIGKILL to its whole group. A
 * worker without IPC gets SIGTERM at once. The steps can only move forward; every caller shares one escalation.
 */
export class StopEscalation {
  readonly #worker: WorkerProcess;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** Aborting it cuts the current wait short: the next step comes at once. */
  #step = new AbortController();
  #running: Promise<void> | undefined;
  #deadlineMs = 0;
  /** Monotonic. */
  #begunAt: number | null = null;
  #isKilled = false;

  constructor(worker: WorkerProcess, log: Logger, clock: Clock = systemClock) {
    this.#worker = worker;
    this.#log = log;
    this.#clock = clock;
  }

  get hasBegun(): boolean {
    return this.#running !== undefined;
  }

  /** How long it has been under way; null before. */
  get sinceMs(): number | null {
    return this.#begunAt === null ? null : this.#clock.monotonic() - this.#begunAt;
  }

  /**
   * Asks the worker to shut down and sees to it. Resolves when it is gone. Where that is under way already, a shorter
   * deadline (`stop --now`) still counts.
   */
  begin(request: StopRequest): Promise<void> {
    if (this.#running) this.#shorten(request);
    this.#running ??= this.#escalate(request);
    return this.#running;
  }

  /** The worker has begun a shutdown of its own: from now on it has `deadlineMs`, too. */
  watch(deadlineMs: number): Promise<void> {
    this.#running ??= this.#escalateFrom(deadlineMs);
    return this.#running;
  }

  /** Second signal: at most {@link HURRIED_DEADLINE_MS} more. The worker is told, so that it can still end in good order. */
  hurry(): void {
    this.#shorten(HURRY);
  }

  /** Third signal: at once. */
  kill(): void {
    this.#isKilled = true;
    this.#worker.kill();
    this.#step.abort();
  }

  #shorten(request: StopRequest): void {
    if (this.#isKilled || this.#deadlineMs <= request.deadlineMs) return;
    this.#deadlineMs = request.deadlineMs;
    this.#worker.send({ type: 'shutdown', ...request });
    this.#step.abort();
  }

  async #escalate(request: StopRequest): Promise<void> {
    const { action, reason, deadlineMs } = request;
    const isHeard = this.#worker.send({ type: 'shutdown', action, reason, deadlineMs });
    await this.#escalateFrom(isHeard ? deadlineMs : 0);
  }

  async #escalateFrom(deadlineMs: number): Promise<void> {
    this.#begunAt ??= this.#clock.monotonic();
    this.#deadlineMs = deadlineMs;
    let left = deadlineMs;
    for (;;) {
      if (await this.#goneWithin(left)) return;
      if (!this.#isKilled && left === this.#deadlineMs) break;
      left = this.#deadlineMs; // the wait was cut short: once more round with what is left of it
    }
    this.#deadlineMs = 0; // from here on only kill() makes it quicker
    if (deadlineMs > 0) this.#warn('SIGTERM', left);
    this.#worker.terminate();
    if (await this.#goneWithin(SIGTERM_GRACE_MS)) return;
    this.#warn('SIGKILL', SIGTERM_GRACE_MS);
    this.#worker.kill();
    await this.#worker.exited;
  }

  async #goneWithin(ms: number): Promise<boolean> {
    if (this.#isKilled) return this.#worker.exited.then(() => true); // nothing can outlive that
    this.#step = new AbortController();
    const { signal } = this.#step;
    const waited = this.#clock.sleep(ms, signal).then(
      () => false,
      () => false,
    );
    const gone = this.#worker.exited.then(() => true);
    const isGone = await Promise.race([gone, waited]);
    this.#step.abort();
    return isGone;
  }

  #warn(signal: string, waitedMs: number): void {
    const { pid, runId } = this.#worker;
    this.#log.warn(
      { event: 'worker:stop:escalate', pid, runId, signal, waitedMs },
      `⚠️ Worker ${pid} did not stop within ${waitedMs} ms, sending ${signal}`,
    );
  }
}
