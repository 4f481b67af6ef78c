import { type Clock, systemClock } from '../clock.js';
import type { HookName, LifecycleHooks } from './hooks.js';
import type { Service } from './service.js';

export interface LifecycleOptions {
  readonly services: readonly Service[];
  /** Everybody who wants to follow what happens. */
  readonly hooks?: readonly LifecycleHooks[];
  /** Told when a hook throws or rejects. */
  readonly onHookError?: (error: unknown, hook: HookName) => void;
  /** All services together. Default: 30 s. */
  readonly startTimeoutMs?: number;
  /** Services that start at the same time. Default: 5. */
  readonly maxParallel?: number;
  /** Between two health checks of one service. Default: 30 s. */
  readonly healthIntervalMs?: number;
  /** Between two tries to bring a non-critical service back. Default: 60 s. */
  readonly recoveryIntervalMs?: number;
  readonly clock?: Clock;
  /** For the jitter of retries, in [0, 1). */
  readonly random?: () => number;
}

/** Fills in the defaults; an option that is there but undefined counts as absent. */
export function completeOptions(options: LifecycleOptions): Required<LifecycleOptions> {
  return {
    services: options.services,
    hooks: options.hooks ?? [],
    onHookError: options.onHookError ?? (() => {}),
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    maxParallel: Math.max(1, options.maxParallel ?? 5),
    healthIntervalMs: options.healthIntervalMs ?? 30_000,
    recoveryIntervalMs: options.recoveryIntervalMs ?? 60_000,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
