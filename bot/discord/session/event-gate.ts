import { setImmediate as nextTurn } from 'node:timers/promises';

/** Events that waited are dealt with so many at a time, and then whatever else waits gets its turn. */
const EVENTS_A_TURN = 25;

/** Lets events through in their order, or keeps them until it is opened. */
export class EventGate {
  #waiting: (() => void)[] | null = null;
  #isDraining = false;
  readonly #onError: (error: unknown) => void;

  /** @param onError gets what an event throws that had waited; the next go on. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** What comes from now on waits. */
  shut(): void {
    this.#waiting ??= [];
  }

  /** What has waited goes first, in turns; what comes meanwhile gets in line. */
  open(): void {
    if (this.#waiting !== null && !this.#isDraining) void this.#drain(this.#waiting);
  }

  /** Forgets what waits, and is open. */
  clear(): void {
    this.#waiting = null;
  }

  pass(event: () => void): void {
    if (this.#waiting) this.#waiting.push(event);
    else event();
  }

  #deal(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.#onError(error);
    }
  }

  async #drain(waiting: (() => void)[]): Promise<void> {
    this.#isDraining = true;
    try {
      for (let next = 0; this.#waiting === waiting; ) {
        const slice = waiting.slice(next, next + EVENTS_A_TURN);
        for (const event of slice) this.#deal(event);
        next += slice.length;
        if (next >= waiting.length) this.clear();
        else await nextTurn();
      }
    } finally {
      this.#isDraining = false;
    }
  }
}
