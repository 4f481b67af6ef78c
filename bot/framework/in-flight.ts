import { setMaxListeners } from 'node:events';
import type { Clock } from '../../shared/clock.js';

/** How long work that honours its AbortSignal gets to wind up after the drain's time is over. */
const ABORT_GRACE_MS = 250;

/** How the wait for the events that were being handled ended. */
export interface DrainReport {
  /** How many handlers came to their end during the drain. */
  readonly finished: number;
  /** What still ran when it was over, by name. */
  readonly abandoned: readonly string[];
}

/** One event being handled; it gets its final name once it is known which command it is for. */
export interface Handling {
  name: string;
}

/** The events being handled right now. */
export class InFlight {
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #running = new Map<Handling, Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    setMaxListeners(0, this.#abort.signal); // one listener or more for each running command
  }

  /** Aborts when a drain runs out of time. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get size(): number {
    return this.#running.size;
  }

  run<T>(name: string, work: (handling: Handling) => Promise<T>): Promise<T> {
    const handling: Handling = { name };
    const running = work(handling).finally(() => this.#running.delete(handling));
    this.#running.set(handling, running);
    return running;
  }

  /** Resolves when nothing runs or `signal` aborts. */
  async whenIdle(signal: AbortSignal): Promise<void> {
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
      signal.addEventListener('abort', onAbort, { once: true });
    });
    while (this.#running.size > 0 && !signal.aborted) {
      await Promise.race([aborted, Promise.allSettled([...this.#running.values()])]);
    }
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }

  /**
   * Waits until nothing runs. When `signal` aborts first, running work is told to stop through {@link signal} and gets a
   * quarter of a second for it; what goes on regardless is left behind and named.
   */
  async drain(signal: AbortSignal): Promise<DrainReport> {
    const atStart = this.#running.size;
    await this.whenIdle(signal);
    if (this.#running.size > 0) {
      this.#abort.abort(signal.reason);
      const graceOver = new AbortController();
      const grace = this.#clock.sleep(ABORT_GRACE_MS, graceOver.signal).catch(() => {});
      await Promise.race([grace, this.whenIdle(graceOver.signal)]);
      graceOver.abort();
    }
    const abandoned = [...this.#running.keys()].map(({ name }) => name);
    return { finished: Math.max(0, atStart - abandoned.length), abandoned };
  }
}
