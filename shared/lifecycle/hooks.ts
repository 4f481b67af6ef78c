import type { WorkerState } from './states.js';
import type { StartSummary } from './summaries.js';

/** What every event of a service says. */
export interface ServiceEvent {
  readonly service: string;
  readonly critical: boolean;
}

/** A try of `initialize` begins. */
export interface ServiceInitializingEvent extends ServiceEvent {
  /** 1 for the first try. */
  readonly attempt: number;
  /** Why the try before this one failed. */
  readonly previousError?: unknown;
}

/** `initialize` of a service has resolved, or its fallback has: it can be used. */
export interface ServiceInitializedEvent extends ServiceEvent {
  readonly attempts: number;
  readonly durationMs: number;
}

/** A service could not be started, turned out to be down, or was not cleaned up as it should. */
export interface ServiceFailedEvent extends ServiceEvent {
  /** `health`: the circuit of a running service opened. */
  readonly phase: 'initialize' | 'health' | 'cleanup';
  readonly error: unknown;
  readonly durationMs: number;
  /** A fallback took its place. */
  readonly isOnFallback: boolean;
}

/** A service that was down is up again. */
export interface ServiceRecoveredEvent extends ServiceEvent {
  readonly phase: 'initialize' | 'health';
  /** How long the service was down. */
  readonly downMs: number;
}

/** A service was cleaned up in time. */
export interface ServiceCleanedUpEvent extends ServiceEvent {
  readonly durationMs: number;
}

/** The worker goes from one state to the next. */
export interface StateChangeEvent {
  readonly from: WorkerState;
  readonly to: WorkerState;
  readonly isDegraded: boolean;
}

/**
 * How the outside follows the lifecycle: logs, metrics, traces and the supervisor's progress line. Hooks are called in the
 * order of events, a microtask after each, and never waited for; one that throws or rejects is reported and changes
 * nothing.
 */
export interface LifecycleHooks {
  /** Before every try. */
  onServiceInitializing?(event: ServiceInitializingEvent): void | Promise<void>;
  onServiceInitialized?(event: ServiceInitializedEvent): void | Promise<void>;
  /** All tries were in vain, a cleanup failed or overran, or a health circuit opened. */
  onServiceFailed?(event: ServiceFailedEvent): void | Promise<void>;
  /** A non-critical service that was down is up, or a health circuit closed again. */
  onServiceRecovered?(event: ServiceRecoveredEvent): void | Promise<void>;
  onServiceCleanedUp?(event: ServiceCleanedUpEvent): void | Promise<void>;
  /** Once, after RUNNING was reached. */
  onSystemReady?(event: StartSummary): void | Promise<void>;
  onStateChange?(event: StateChangeEvent): void | Promise<void>;
}

export type HookName = keyof LifecycleHooks;
export type HookEvent<K extends HookName> = Parameters<NonNullable<LifecycleHooks[K]>>[0];

/** Calls one hook of everybody who listens. */
export class HookCaller {
  readonly #listeners: readonly LifecycleHooks[];
  readonly #onHookError: (error: unknown, hook: HookName) => void;

  constructor(listeners: readonly LifecycleHooks[], onHookError: (error: unknown, hook: HookName) => void) {
    this.#listeners = listeners;
    this.#onHookError = onHookError;
  }

  call<K extends HookName>(hook: K, event: HookEvent<K>): void {
    // Not from within the engine's own stack: a hook may call start() or stop(), and must find the engine at rest.
    queueMicrotask(() => {
      for (const listener of this.#listeners) void this.#callOne(listener, hook, event);
    });
  }

  async #callOne<K extends HookName>(listener: LifecycleHooks, hook: K, event: HookEvent<K>): Promise<void> {
    try {
      const method = listener[hook] as ((event: HookEvent<K>) => void | Promise<void>) | undefined;
      await method?.call(listener, event);
    } catch (error) {
      this.#report(error, hook);
    }
  }

  #report(error: unknown, hook: HookName): void {
    try {
      this.#onHookError(error, hook);
    } catch {
      // the reporter of last resort failed: there is nobody left to tell, and the lifecycle must go on
    }
  }
}
