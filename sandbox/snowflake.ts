import type { Clock } from '../shared/clock.js';

/** 2015-01-01T00:00:00Z, the first instant a snowflake can name. */
const DISCORD_EPOCH_MS = 1_420_070_400_000n;

/** Bits below the timestamp: worker, process and increment. */
const LOW_BITS = 22n;

/** Makes ids whose upper bits are the time, each greater than the one before even when the clock stands still or goes back. */
export class SnowflakeSource {
  readonly #clock: Clock;
  #last = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    const fromClock = (BigInt(Math.floor(this.#clock.now())) - DISCORD_EPOCH_MS) << LOW_BITS;
    this.#last = fromClock > this.#last ? fromClock : this.#last + 1n;
    return this.#last.toString();
  }

  /** Never hands out `id` or anything below it again: for ids that were read from a file. */
  advancePast(id: string): void {
    const value = BigInt(id);
    if (value > this.#last) this.#last = value;
  }
}

/** Whether `text` is an id at all: a number below 2^63. */
export function isSnowflake(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;
}

/** Milliseconds since the Unix epoch at which `id` was made. */
export function snowflakeTimestamp(id: string): number {
  return Number((BigInt(id) >> LOW_BITS) + DISCORD_EPOCH_MS);
}

/** Orders ids by age; strings of different length cannot be compared as text. */
export function compareSnowflakes(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
