import { backoffDelay } from '../backoff.js';
import type { Clock } from '../clock.js';
import { DeadlineError } from '../deadline.js';
import { toError } from '../errors.js';
import { FallbackError, ServiceInitializationError } from './errors.js';
import type { HookCaller } from './hooks.js';
import { Preparation } from './preparation.js';
import { Resource } from './resource.js';
import {
  DEFAULT_CLEANUP_TIMEOUT_MS,
  DEFAULT_INITIALIZE_TIMEOUT_MS,
  type Fallback,
  isCritical,
  isWorthRetrying,
  type Service,
  type ServiceReport,
  type ServiceStage,
} from './service.js';
import type { ServiceStop } from './summaries.js';

/** What the runner lends to everything it runs. */
export interface Surroundings {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly hooks: HookCaller;
}

/** One service and where it stands: tries, retries, fallback, recovery and stop. */
export class ManagedService {
  readonly name: string;
  readonly critical: boolean;
  readonly #service: Service;
  readonly #surroundings: Surroundings;
  readonly #preparation: Preparation;
  readonly #primary: Resource;
  readonly #fallback: Resource | undefined;
  #stage: ServiceStage = 'registered';
  #attempts = 0;
  #initializeMs: number | null = null;
  #cleanupMs: number | null = null;
  #lastError: Error | null = null;
  #downSince = 0;

  constructor(service: Service, surroundings: Surroundings) {
    this.name = service.name;
    this.critical = isCritical(service);
    this.#service = service;
    this.#surroundings = surroundings;
    const limitMs = service.initializeTimeoutMs ?? DEFAULT_INITIALIZE_TIMEOUT_MS;
    this.#preparation = new Preparation(service, limitMs, surroundings.clock);
    this.#primary = this.#resource(service.name, {
      initialize: async (signal) => {
        await this.#preparation.over();
        await service.initialize(signal);
      },
      cleanup: (signal) => service.cleanup(signal),
    });
    this.#fallback = service.fallback && this.#resource(`${service.name} (fallback)`, service.fallback);
  }

  get stage(): ServiceStage {
    return this.#stage;
  }

  report(): Omit<ServiceReport, 'health'> {
    return {
      name: this.name,
      stage: this.#stage,
      critical: this.critical,
      attempts: this.#attempts,
      initializeMs: this.#initializeMs,
      cleanupMs: this.#cleanupMs,
      isOnFallback: this.#fallback?.isUp ?? false,
      lastError: this.#lastError,
    };
  }

  /** Does what can be done ahead, see {@link Service.prepare}. Rejects when that went wrong; the service can start all the same. */
  prepare(signal: AbortSignal): Promise<void> {
    return this.#preparation.run(signal);
  }

  /**
   * Initializes with retries. A non-critical service that fails goes over to its fallback, or to nothing, and this
   * resolves all the same.
   *
   * @throws ServiceInitializationError when it is critical; the reason of `signal` when that aborts.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, hooks } = this.#surroundings;
    const startedAt = clock.monotonic();
    this.#stage = 'initializing';
    try {
      await this.#initializeWithRetries(signal);
      this.#initializeMs = clock.monotonic() - startedAt;
      this.#stage = 'running';
      hooks.call('onServiceInitialized', {
        ...this.#event(),
        attempts: this.#attempts,
        durationMs: this.#initializeMs,
      });
    } catch (error) {
      this.#initializeMs = clock.monotonic() - startedAt;
      this.#lastError = toError(error);
      signal.throwIfAborted();
      if (!this.critical) return await this.#standIn(error, signal);
      this.#stage = 'failed';
      this.#reportFailure('initialize', this.#initializeMs, error);
      throw error;
    }
  }

  /**
   * One try to bring a non-critical service back; then its fallback is not needed any longer.
   *
   * @returns whether it runs again.
   * @throws the reason of `signal` when that aborts.
   */
  async recover(signal: AbortSignal): Promise<boolean> {
    if (this.#primary.isUnsettled) return false;
    const { clock, hooks } = this.#surroundings;
    try {
      await this.#tryOnce(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#lastError = toError(error);
      return false;
    }
    this.#stage = 'running';
    hooks.call('onServiceRecovered', {
      ...this.#event(),
      phase: 'initialize',
      downMs: clock.monotonic() - this.#downSince,
    });
    await this.#fallback?.release().catch(() => {}); // reported by the resource; the service itself is fine
    return true;
  }

  /** Releases what there is. Never throws; null when there was nothing to release. */
  async stop(): Promise<ServiceStop | null> {
    const parts = [this.#primary, this.#fallback].filter((part) => part?.isUp || part?.isUnsettled);
    if (parts.length === 0) {
      if (this.#stage !== 'registered' && this.#stage !== 'failed') this.#stage = 'stopped';
      return null;
    }
    const { clock } = this.#surroundings;
    const startedAt = clock.monotonic();
    this.#stage = 'stopping';
    const results = await Promise.allSettled(parts.map((part) => part?.release()));
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const overrun = errors.find((error) => error instanceof DeadlineError);
    if (overrun === undefined) this.#stage = 'stopped';
    const durationMs = clock.monotonic() - startedAt;
    this.#cleanupMs = durationMs;
    if (errors.length === 0) return { service: this.name, outcome: 'stopped', durationMs };
    const outcome = overrun === undefined ? 'failed' : 'overran';
    return { service: this.name, outcome, durationMs, error: overrun ?? errors[0] };
  }

  async #initializeWithRetries(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#surroundings;
    const { retry } = this.#service;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#tryOnce(signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#lastError = toError(error);
        if (retry === undefined || attempt >= retry.attempts || !this.#canRetry(error)) {
          throw new ServiceInitializationError(this.name, attempt, error);
        }
        await clock.sleep(backoffDelay(retry.backoff, attempt - 1, random), signal);
      }
    }
  }

  #canRetry(error: unknown): boolean {
    return !this.#primary.isUnsettled && (this.#service.shouldRetry?.(error) ?? isWorthRetrying(error));
  }

  async #tryOnce(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#attempts += 1;
    const previous = this.#lastError === null ? {} : { previousError: this.#lastError };
    this.#surroundings.hooks.call('onServiceInitializing', {
      ...this.#event(),
      attempt: this.#attempts,
      ...previous,
    });
    await this.#primary.acquire(signal);
    this.#lastError = null;
  }

  async #standIn(error: unknown, signal: AbortSignal): Promise<void> {
    let failure = error;
    try {
      await this.#fallback?.acquire(signal);
    } catch (fallbackError) {
      signal.throwIfAborted();
      failure = new FallbackError(this.name, (error as Error).cause, fallbackError);
    }
    this.#stage = 'recovering';
    this.#downSince = this.#surroundings.clock.monotonic();
    this.#lastError = toError(failure);
    this.#reportFailure('initialize', this.#initializeMs ?? 0, failure);
  }

  #resource(name: string, part: Fallback): Resource {
    return new Resource({
      name,
      part,
      initializeTimeoutMs: this.#service.initializeTimeoutMs ?? DEFAULT_INITIALIZE_TIMEOUT_MS,
      cleanupTimeoutMs: this.#service.cleanupTimeoutMs ?? DEFAULT_CLEANUP_TIMEOUT_MS,
      clock: this.#surroundings.clock,
      onReleased: (durationMs, error) => this.#onReleased(durationMs, error),
    });
  }

  #onReleased(durationMs: number, error?: unknown): void {
    if (error === undefined) {
      this.#surroundings.hooks.call('onServiceCleanedUp', { ...this.#event(), durationMs });
      return;
    }
    this.#lastError = toError(error);
    this.#reportFailure('cleanup', durationMs, error);
  }

  #reportFailure(phase: 'initialize' | 'cleanup', durationMs: number, error: unknown): void {
    const isOnFallback = this.#fallback?.isUp ?? false;
    this.#surroundings.hooks.call('onServiceFailed', { ...this.#event(), phase, error, durationMs, isOnFallback });
  }

  #event(): { service: string; critical: boolean } {
    return { service: this.name, critical: this.critical };
  }
}
