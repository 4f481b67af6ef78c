import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { describeError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';

/** One step of the way down. */
export interface ShutdownPhase {
  readonly name: string;
  /** After this long the next phase begins, whatever this one is still doing. */
  readonly limitMs: number;
  /** `signal` aborts at the limit, and when the shutdown is hurried. */
  run(signal: AbortSignal): Promise<void> | void;
}

export interface PhaseResult {
  readonly name: string;
  readonly ms: number;
  readonly error?: string;
}

/**
 * Runs the phases of a shutdown one after the other: each timed, bounded, and isolated, so that one that hangs or throws
 * costs its own work only.
 */
export class ShutdownSequence {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #hurry = new AbortController();
  readonly #results: PhaseResult[] = [];

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** What has been done so far; a phase may look at those before it. */
  get results(): readonly PhaseResult[] {
    return this.#results;
  }

  get isClean(): boolean {
    return this.#results.every(({ error }) => error === undefined);
  }

  /** Cuts short the phases that wait for others to finish: they abort their signal at once. */
  hurry(): void {
    this.#hurry.abort();
  }

  get hurrySignal(): AbortSignal {
    return this.#hurry.signal;
  }

  async run(phases: readonly ShutdownPhase[]): Promise<void> {
    for (const phase of phases) await this.#runOne(phase);
  }

  async #runOne(phase: ShutdownPhase): Promise<void> {
    const startedAt = this.#clock.monotonic();
    let error: string | undefined;
    try {
      const work = async (limit: AbortSignal) => phase.run(AbortSignal.any([limit, this.#hurry.signal]));
      await deadline(phase.name, phase.limitMs, work, undefined, this.#clock);
    } catch (thrown) {
      error = describeError(thrown);
      this.#log.error(
        { event: 'shutdown:phase:failed', phase: phase.name, err: thrown },
        `❌ Shutdown phase '${phase.name}': ${error}`,
      );
    }
    const ms = Math.round(this.#clock.monotonic() - startedAt);
    this.#results.push({ name: phase.name, ms, ...(error !== undefined && { error }) });
    this.#log.debug({ event: 'shutdown:phase', phase: phase.name, ms }, `Shutdown phase '${phase.name}' took ${ms} ms`);
  }
}
