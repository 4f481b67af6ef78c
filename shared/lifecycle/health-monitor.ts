import { CircuitBreaker } from '../circuit-breaker.js';
import { deadline } from '../deadline.js';
import { toError } from '../errors.js';
import type { Surroundings } from './managed-service.js';
import { DEFAULT_HEALTH_CHECK_TIMEOUT_MS, isCritical, type Service, type ServiceHealth } from './service.js';

/** Failures in a row that open the circuit of a service. */
const HEALTH_FAILURE_THRESHOLD = 5;
/** Recovery mode: how long a service is left alone before it is checked again, at first and then each time. */
const HEALTH_FIRST_WAIT_MS = 10_000;
const HEALTH_NEXT_WAIT_MS = 30_000;

export interface HealthMonitorOptions extends Omit<Surroundings, 'random'> {
  readonly service: Service;
  readonly intervalMs: number;
  /** Whether there is anything to check: a service that is down or replaced is not asked. */
  readonly isUp: () => boolean;
}

/**
 * Asks one service again and again how it is, less often while it is known to be unwell, and listens to what it says of
 * itself. It counts as down from the fifth failure in a row, or at once by its own account.
 */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #breaker: CircuitBreaker;
  #status: ServiceHealth['status'] = 'unknown';
  #checkedAt: number | null = null;
  #lastError: Error | null = null;
  /** By its own account. */
  #isUnwell = false;
  /** Monotonic instant from which it has not worked; undefined while it does. */
  #failingSince: number | undefined;
  /** The outside has been told that it is down. */
  #isDown = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker({
      failureThreshold: HEALTH_FAILURE_THRESHOLD,
      firstWaitMs: HEALTH_FIRST_WAIT_MS,
      nextWaitMs: HEALTH_NEXT_WAIT_MS,
      clock: options.clock,
    });
    options.service.watchHealth?.((problem) => this.#listen(problem));
  }

  get health(): ServiceHealth {
    return {
      status: this.#status,
      failuresInARow: this.#breaker.failures,
      circuit: this.#isUnwell ? 'open' : this.#breaker.state,
      checkedAt: this.#checkedAt,
      lastError: this.#lastError,
    };
  }

  /** Polls until `signal` aborts, then throws its reason at once. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, intervalMs, isUp } = this.#options;
    for (;;) {
      await clock.sleep(this.#breaker.state === 'closed' ? intervalMs : this.#breaker.retryAfterMs, signal);
      if (isUp()) await this.#check(signal);
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { service, clock } = this.#options;
    const limitMs = service.healthCheckTimeoutMs ?? DEFAULT_HEALTH_CHECK_TIMEOUT_MS;
    const startedAt = clock.monotonic();
    try {
      const check = (limited: AbortSignal) => service.healthCheck?.(limited);
      await deadline(`${service.name}.healthCheck`, limitMs, check, signal, clock);
    } catch (error) {
      signal.throwIfAborted();
      this.#checkedAt = clock.now();
      this.#noteFailure(error, startedAt);
      if (this.#breaker.state !== 'closed') this.#goDown(error);
      return;
    }
    this.#checkedAt = clock.now();
    if (!this.#isUnwell) this.#recover(); // of itself it knows better
  }

  #listen(problem: Error | null): void {
    if (!this.#options.isUp()) return;
    this.#isUnwell = problem !== null;
    if (problem === null) {
      this.#recover();
      return;
    }
    this.#failingSince ??= this.#options.clock.monotonic();
    this.#status = 'failing';
    this.#lastError = problem;
    this.#goDown(problem);
  }

  #noteFailure(error: unknown, startedAt: number): void {
    this.#failingSince ??= startedAt;
    this.#breaker.recordFailure();
    this.#status = 'failing';
    this.#lastError = toError(error);
  }

  #goDown(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    const { clock, hooks } = this.#options;
    const durationMs = clock.monotonic() - (this.#failingSince ?? clock.monotonic());
    hooks.call('onServiceFailed', { ...this.#event(), phase: 'health', error, durationMs, isOnFallback: false });
  }

  #recover(): void {
    const { clock, hooks } = this.#options;
    const downMs = clock.monotonic() - (this.#failingSince ?? clock.monotonic());
    this.#breaker.recordSuccess();
    this.#status = 'healthy';
    this.#lastError = null;
    this.#failingSince = undefined;
    if (!this.#isDown) return;
    this.#isDown = false;
    hooks.call('onServiceRecovered', { ...this.#event(), phase: 'health', downMs });
  }

  #event(): { service: string; critical: boolean } {
    return { service: this.#options.service.name, critical: isCritical(this.#options.service) };
  }
}
