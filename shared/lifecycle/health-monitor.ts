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

/** Asks one service again and again how it is, less often while it is known to be unwell. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #breaker: CircuitBreaker;
  #status: ServiceHealth['status'] = 'unknown';
  #lastError: Error | null = null;
  #unhealthySince = 0;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker({
      failureThreshold: HEALTH_FAILURE_THRESHOLD,
      firstWaitMs: HEALTH_FIRST_WAIT_MS,
      nextWaitMs: HEALTH_NEXT_WAIT_MS,
      clock: options.clock,
    });
  }

  get health(): ServiceHealth {
    return {
      status: this.#status,
      failuresInARow: this.#breaker.failures,
      circuit: this.#breaker.state,
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
      this.#onFailure(error, startedAt);
      return;
    }
    this.#onSuccess();
  }

  #onSuccess(): void {
    const wasOpen = this.#breaker.state !== 'closed';
    this.#breaker.recordSuccess();
    this.#status = 'healthy';
    this.#lastError = null;
    if (!wasOpen) return;
    const downMs = this.#options.clock.monotonic() - this.#unhealthySince;
    this.#options.hooks.call('onServiceRecovered', { ...this.#event(), phase: 'health', downMs });
  }

  #onFailure(error: unknown, startedAt: number): void {
    const { clock, hooks } = this.#options;
    const wasClosed = this.#breaker.state === 'closed';
    if (this.#breaker.failures === 0) this.#unhealthySince = startedAt;
    this.#breaker.recordFailure();
    this.#status = 'failing';
    this.#lastError = toError(error);
    if (!wasClosed || this.#breaker.state === 'closed') return;
    const durationMs = clock.monotonic() - startedAt;
    hooks.call('onServiceFailed', { ...this.#event(), phase: 'health', error, durationMs, isOnFallback: false });
  }

  #event(): { service: string; critical: boolean } {
    return { service: this.#options.service.name, critical: isCritical(this.#options.service) };
  }
}
