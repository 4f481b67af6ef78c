import { type Clock, systemClock } from './clock.js';

/**
 * - `closed`: all is well, or not yet bad enough.
 * - `open`: leave it alone until {@link CircuitBreaker.retryAfterMs} has gone by.
 * - `half-open`: one try decides.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit. */
  readonly failureThreshold: number;
  /** How long the circuit stays open the first time. */
  readonly firstWaitMs: number;
  /** How long it stays open after each try that failed. */
  readonly nextWaitMs: number;
  readonly clock?: Clock;
}

/**
 * Counts the failures of something outside our control and says when to stop asking and when to ask again. It starts no
 * timer and does nothing by itself: the caller reports what happened and obeys {@link state}.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #clock: Clock;
  #failures = 0;
  /** Monotonic instant of the next try; undefined while closed. */
  #openUntil: number | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get state(): CircuitState {
    if (this.#openUntil === undefined) return 'closed';
    return this.retryAfterMs > 0 ? 'open' : 'half-open';
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds until a try makes sense; 0 unless the circuit is open. */
  get retryAfterMs(): number {
    return this.#openUntil === undefined ? 0 : Math.max(0, this.#openUntil - this.#clock.monotonic());
  }

  /** It worked: closes the circuit and forgets every failure. */
  recordSuccess(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
  }

  /** It failed: opens the circuit at the threshold, or keeps it open for the longer wait. */
  recordFailure(): void {
    const { failureThreshold, firstWaitMs, nextWaitMs } = this.#options;
    this.#failures += 1;
    if (this.#failures < failureThreshold) return;
    const waitMs = this.#openUntil === undefined ? firstWaitMs : nextWaitMs;
    this.#openUntil = this.#clock.monotonic() + waitMs;
  }
}
