import type { Clock } from '../../shared/clock.js';

/** So many wrong tokens an address may give … */
const MAX_TRIES = 10;
/** … in this time. */
const WINDOW_MS = 60_000;
/** Addresses that are kept in mind; beyond this the oldest are forgotten. */
const MAX_ADDRESSES = 1_000;

/** Slows down whoever guesses tokens, without keeping anybody else out. */
export class WrongTries {
  readonly #clock: Clock;
  readonly #tries = new Map<string, { count: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this address has to wait before it may try again; 0 when it may. */
  waitMs(address: string): number {
    const tries = this.#of(address);
    return tries && tries.count >= MAX_TRIES ? Math.max(0, tries.until - this.#clock.monotonic()) : 0;
  }

  note(address: string): void {
    const tries = this.#of(address);
    if (tries) {
      tries.count += 1;
      return;
    }
    const [oldest] = this.#tries.keys();
    if (this.#tries.size >= MAX_ADDRESSES && oldest !== undefined) this.#tries.delete(oldest);
    this.#tries.delete(address); // what is set anew goes to the end
    this.#tries.set(address, { count: 1, until: this.#clock.monotonic() + WINDOW_MS });
  }

  #of(address: string): { count: number; readonly until: number } | undefined {
    const tries = this.#tries.get(address);
    return tries && tries.until > this.#clock.monotonic() ? tries : undefined;
  }
}
