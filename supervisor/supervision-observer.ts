import type { Build } from '../shared/control/build.js';
import type { GatewaySession } from '../shared/control/gateway-session.js';
import type { RunRecord } from '../shared/control/run-record.js';
import type { ExitCode } from '../shared/exit-codes.js';
import type { Heartbeat, ShutdownReason } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import type { Hold } from './supervisor-state.js';

/**
 * What happens under supervision, in the order in which it happens. Whoever listens is called in the middle of the work: it
 * returns at once.
 */
export interface SupervisionEvents {
  /** A worker was spawned. */
  onWorkerStarted(run: { readonly runId: string; readonly pid: number }): void;
  /** Tux serves. */
  onReady(): void;
  onHeartbeat(runId: string, heartbeat: Heartbeat): void;
  /** How a run came by its gateway session; told again when more is known. */
  onSession(runId: string, session: GatewaySession): void;
  /** A run has ended, planned or not; one that an earlier supervisor could not record, too. */
  onRunEnded(record: RunRecord): void;
  /** No worker is started until the hold is over. */
  onHold(hold: Hold): void;
  /** The settings are being read anew; `onReloaded` follows, whatever came of it. */
  onReloading(): void;
  onReloaded(): void;
  /** The supervisor was told to stop. */
  onStopping(reason: ShutdownReason): void;
  /** The supervisor ends by itself with `exitCode`, and Tux stays down. */
  onGaveUp(exitCode: ExitCode, message: string): void;
  /** A new build failed in its first minute: the one before takes over again. */
  onSwappedBack(swap: { readonly build: Build; readonly previous: Build; readonly reason: string }): void;
  /** A new build was found when the worker restarted, and is no good: the one before serves on. */
  onDeployRefused(refusal: { readonly build: Build; readonly problems: readonly string[] }): void;
  /** After each of these, and whenever else `status` shows something new. */
  onChange(): void;
}

/** Listens to some of the {@link SupervisionEvents}. */
export type SupervisionObserver = Partial<SupervisionEvents>;

/** Hands every event to all who listen. One that throws is logged and changes nothing for the others. */
export class SupervisionObservers implements SupervisionEvents {
  readonly #log: Logger;
  readonly #observers = new Set<SupervisionObserver>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns what takes it out again. */
  add(observer: SupervisionObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  onWorkerStarted(run: { runId: string; pid: number }): void {
    this.#tell((observer) => observer.onWorkerStarted?.(run));
  }

  onReady(): void {
    this.#tell((observer) => observer.onReady?.());
  }

  onHeartbeat(runId: string, heartbeat: Heartbeat): void {
    this.#tell((observer) => observer.onHeartbeat?.(runId, heartbeat));
  }

  onSession(runId: string, session: GatewaySession): void {
    this.#tell((observer) => observer.onSession?.(runId, session));
  }

  onRunEnded(record: RunRecord): void {
    this.#tell((observer) => observer.onRunEnded?.(record));
  }

  onHold(hold: Hold): void {
    this.#tell((observer) => observer.onHold?.(hold));
  }

  onReloading(): void {
    this.#tell((observer) => observer.onReloading?.());
  }

  onReloaded(): void {
    this.#tell((observer) => observer.onReloaded?.());
  }

  onStopping(reason: ShutdownReason): void {
    this.#tell((observer) => observer.onStopping?.(reason));
  }

  onGaveUp(exitCode: ExitCode, message: string): void {
    this.#tell((observer) => observer.onGaveUp?.(exitCode, message));
  }

  onSwappedBack(swap: { build: Build; previous: Build; reason: string }): void {
    this.#tell((observer) => observer.onSwappedBack?.(swap));
  }

  onDeployRefused(refusal: { build: Build; problems: readonly string[] }): void {
    this.#tell((observer) => observer.onDeployRefused?.(refusal));
  }

  onChange(): void {
    this.#each((observer) => observer.onChange?.());
  }

  #tell(call: (observer: SupervisionObserver) => void): void {
    this.#each(call);
    this.onChange();
  }

  #each(call: (observer: SupervisionObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        call(observer);
      } catch (error) {
        this.#log.error({ event: 'observer:failed', err: error }, '❌ An observer of the supervision failed');
      }
    }
  }
}
