import type { Clock } from '../../shared/clock.js';

/**
 * Longest single sleep. Timers stand still while the machine is suspended and know nothing of a wall clock that is set:
 * looking at it every minute bounds how late an alarm can be.
 */
const MAX_NAP_MS = 60_000;

/** One timer for the next of many due times: rings once at the time it was last set to, however far away. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: number | undefined;
  #waiting: AbortController | undefined;

  /** @param ring called in a later turn than `set`; must not throw. */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Replaces the previous time. @param at wall-clock milliseconds; undefined turns the alarm off. */
  set(at: number | undefined): void {
    if (at === this.#at) return;
    this.#waiting?.abort();
    this.#at = at;
    if (at === undefined) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    void this.#wait(at, waiting.signal);
  }

  async #wait(at: number, signal: AbortSignal): Promise<void> {
    do {
      const napMs = Math.min(Math.max(0, at - this.#clock.now()), MAX_NAP_MS);
      await this.#clock.sleep(napMs, signal).catch(() => {}); // rejects only when the alarm was set anew
      if (signal.aborted) return;
    } while (this.#clock.now() < at);
    this.#at = undefined;
    this.#ring();
  }
}
