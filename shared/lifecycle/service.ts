import type { BackoffPolicy } from '../backoff.js';
import type { CircuitState } from '../circuit-breaker.js';
import { isTuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { serviceStages } from '../ipc-protocol.js';

/** Limits of a service that does not set its own. */
export const DEFAULT_INITIALIZE_TIMEOUT_MS = 10_000;
export const DEFAULT_CLEANUP_TIMEOUT_MS = 5_000;
export const DEFAULT_HEALTH_CHECK_TIMEOUT_MS = 5_000;

/**
 * A part of the worker that is started and stopped in order with the others.
 *
 * The runner calls `initialize` when everything in `dependsOn` is up, `healthCheck` now and then while it runs, and
 * `cleanup` when everything that depends on it is down. No two of `initialize` and `cleanup` of one service ever run at
 * the same time, except that a `cleanup` which overran its limit is not waited for any longer.
 */
export interface Service {
  /** Unique among the services of one runner. */
  readonly name: string;
  /**
   * Services that must have had their turn first. A critical one is then up; a non-critical one may be down or replaced by
   * its fallback, and whoever depends on it has to live with that.
   */
  readonly dependsOn?: readonly string[];
  /** Whether the worker is useless without it. Default: true. */
  readonly critical?: boolean;
  /** Limit of one try of `initialize`. Default: {@link DEFAULT_INITIALIZE_TIMEOUT_MS}. */
  readonly initializeTimeoutMs?: number;
  /** Limit of `cleanup`. Default: {@link DEFAULT_CLEANUP_TIMEOUT_MS}. */
  readonly cleanupTimeoutMs?: number;
  /** Limit of one `healthCheck`. Default: {@link DEFAULT_HEALTH_CHECK_TIMEOUT_MS}. */
  readonly healthCheckTimeoutMs?: number;
  /** How often `initialize` is tried during the start. Default: once. */
  readonly retry?: RetryPolicy;
  /** Whether another try can help. Default: {@link isWorthRetrying}. */
  shouldRetry?(error: unknown): boolean;
  /** What takes the place of a non-critical service until it recovers. */
  readonly fallback?: Fallback;
  /**
   * Does what can be done ahead of `initialize`: reading, loading, connecting; nothing that another process could notice as a
   * change. Called long before `initialize`, in a standby, or not at all; at most once, and never while `initialize` runs. What it
   * throws is told, and changes nothing: `initialize` then does it all. It should give up soon when `signal` aborts, as whatever
   * it still waits for holds up `initialize`. What it has acquired is `initialize`'s, or ends with the process.
   */
  prepare?(signal: AbortSignal): Promise<void>;
  /**
   * Makes the service usable. When it throws, it must have undone whatever it had begun: `cleanup` is called only after a
   * success. When `signal` aborts it should reject soon; if it finishes all the same, it is cleaned up straight away.
   */
  initialize(signal: AbortSignal): Promise<void>;
  /** Undoes `initialize`. When `signal` aborts, the time is up and nobody waits any longer. */
  cleanup(signal: AbortSignal): Promise<void>;
  /** Throws when the service does not work. Absent: it counts as healthy. */
  healthCheck?(signal: AbortSignal): Promise<void>;
  /**
   * For a service that notices by itself that it does not work, sooner than a poll of `healthCheck` would. Called once,
   * before `initialize`.
   *
   * @param report takes what is wrong, and null once it works again.
   */
  watchHealth?(report: (problem: Error | null) => void): void;
}

/** Stands in for a non-critical service; its contract and its time limits are those of the service. */
export interface Fallback {
  initialize(signal: AbortSignal): Promise<void>;
  cleanup?(signal: AbortSignal): Promise<void>;
}

/** How often a start is tried, and how long it waits in between. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly backoff: BackoffPolicy;
}

/** Where a service stands; `recovering` = a non-critical service that is down and retried in the background. */
export type ServiceStage = (typeof serviceStages)[number];

/** What is known about one service, for status displays and heartbeats. */
export interface ServiceReport {
  readonly name: string;
  readonly stage: ServiceStage;
  readonly critical: boolean;
  /** Tries of `initialize` so far. */
  readonly attempts: number;
  /** From the first try to the last one's end, during the start; null until then. */
  readonly initializeMs: number | null;
  readonly cleanupMs: number | null;
  readonly isOnFallback: boolean;
  /** Of initialize, fallback or cleanup; null once a later try succeeded. */
  readonly lastError: Error | null;
  /** Null when the service has no health check. */
  readonly health: ServiceHealth | null;
}

/** What the health checks of one service have found. */
export interface ServiceHealth {
  readonly status: 'unknown' | 'healthy' | 'failing';
  readonly failuresInARow: number;
  /** Anything but `closed`: the service counts as down, after so many failed checks in a row or by its own account. */
  readonly circuit: CircuitState;
  /** Wall-clock milliseconds of the end of the latest check; null before the first. */
  readonly checkedAt: number | null;
  /** Of the latest check; null when that went well. */
  readonly lastError: Error | null;
}

/** Anything but a problem that only a human can put right (exit code 78). */
export function isWorthRetrying(error: unknown): boolean {
  return !(isTuxError(error) && error.exitCode === ExitCode.CONFIG);
}

/** See {@link Service.critical}. */
export function isCritical(service: Service): boolean {
  return service.critical ?? true;
}
