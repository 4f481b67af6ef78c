import type { Clock } from '../../shared/clock.js';
import { isoTime } from '../../shared/iso-time.js';

/** Why the next start waits, as `status` shows it. */
export interface Pause {
  readonly kind: 'BACKOFF' | 'HELD';
  readonly reason: string;
  /** ISO-8601 UTC. */
  readonly until: string;
}

/** The wait before the next start of the worker. Always interruptible: by a stop, and by a restart that somebody asks for. */
export class RestartPause {
  readonly #clock: Clock;
  #current: Pause | null = null;
  #wake: AbortController | null = null;
  #isSkipped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null while nothing waits. */
  get current(): Pause | null {
    return this.#current;
  }

  /** Resolves after `afterMs`, or as soon as {@link end} is called; at once when it was called since the last run began. */
  async wait(kind: Pause['kind'], reason: string, afterMs: number): Promise<void> {
    if (this.#isSkipped) return;
    this.#current = { kind, reason, until: isoTime(this.#clock.now() + afterMs) };
    this.#wake = new AbortController();
    await this.#clock.sleep(afterMs, this.#wake.signal).catch(() => {}); // ended early
    this.#wake = null;
    this.#current = null;
  }

  /** Ends the wait. Where none is under way, the next one does not take place unless a run begins before it. */
  end(): void {
    this.#isSkipped = true;
    this.#wake?.abort();
  }

  /** A run begins: an {@link end} that was called before counts no longer. */
  noteRun(): void {
    this.#isSkipped = false;
  }
}
