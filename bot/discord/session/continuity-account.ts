import type { Clock } from '../../../shared/clock.js';
import type { Continuity, FreshSessionReason } from '../../../shared/ipc-protocol.js';

export interface ContinuityAccountOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Interactions so far that were too old to be answered. */
  readonly staleCount: () => number;
  /** How this run came by its session, as soon as it is known, and again when there is more to say. */
  readonly onContinuity: (continuity: Continuity) => void;
}

/** An event that Discord has repeated. */
export interface Repetition {
  /** The worker before had dealt with it. */
  readonly isDone: boolean;
  /** When that worker dealt with an event for the last time, in wall-clock milliseconds; 0 when it never did. */
  readonly handledAt: number;
}

/** How a run came by its gateway session, and what was repeated to it. */
export class ContinuityAccount {
  readonly #options: ContinuityAccountOptions;
  #continuity: Continuity | null = null;

  constructor(options: ContinuityAccountOptions) {
    this.#options = options;
  }

  /** Begins anew, at the beginning of a session or of a RESUME; says nothing yet. */
  begin(how: Continuity['how'], reason: FreshSessionReason | null): void {
    this.#continuity = { type: 'continuity', how, reason, replayed: 0, suppressed: 0, stale: 0, gapMs: null };
  }

  count({ isDone, handledAt }: Repetition): void {
    const continuity = this.#continuity;
    if (!continuity) return;
    // The first event that had to wait for this worker ends the gap.
    const hasWaited = !isDone && continuity.gapMs === null && handledAt > 0;
    this.#continuity = {
      ...continuity,
      replayed: continuity.replayed + 1,
      suppressed: continuity.suppressed + (isDone ? 1 : 0),
      gapMs: hasWaited ? Math.max(0, this.#options.clock.now() - handledAt) : continuity.gapMs,
    };
  }

  tell(): void {
    if (!this.#continuity) return;
    this.#continuity = { ...this.#continuity, stale: this.#options.staleCount() };
    this.#options.onContinuity(this.#continuity);
  }
}
