import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Events that waited are dealt with at most so many at a time, and then whatever else waits gets its turn. It begins with one and
 * doubles: somebody has waited longest for the answer to the first, which takes several turns. More caution would cost the others:
 * an interaction lives for 3 s.
 */
const EVENTS_A_TURN = 25;

/** Lets events through in their order, or keeps them until it is opened. */
export class EventGate {
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];
  #isShut = false;
  #isDraining = false;

  /** @param onError gets what an event throws that had waited; the next go on. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** What comes from now on waits, and so does the rest of what had waited. */
  shut(): void {
    this.#isShut = true;
  }

  /** What has waited goes first, in turns; what comes meanwhile gets in line. */
  open(): void {
    this.#isShut = false;
    if (!this.#isDraining) void this.#drain();
  }

  /** Forgets what waits, and is open. */
  clear(): void {
    this.#waiting = [];
    this.#isShut = false;
  }

  pass(event: () => void): void {
    if (this.#isShut || this.#waiting.length > 0) this.#waiting.push(event);
    else event();
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      for (let turn = 1; !this.#isShut && this.#waiting.length > 0; turn += 1) {
        this.#dealWithSome(limitOf(turn));
        if (this.#waiting.length > 0) await nextTurn();
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /** As many as one turn takes, or until one of them shuts the gate. */
  #dealWithSome(limit: number): void {
    const waiting = this.#waiting;
    let dealt = 0;
    while (dealt < limit && !this.#isShut) {
      const event = waiting[dealt];
      if (event === undefined || this.#waiting !== waiting) break;
      dealt += 1;
      this.#deal(event);
    }
    if (this.#waiting === waiting) waiting.splice(0, dealt);
  }

  #deal(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function limitOf(turn: number): number {
  return Math.min(2 ** (turn - 1), EVENTS_A_TURN);
}
