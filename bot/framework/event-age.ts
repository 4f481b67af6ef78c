/** 2015-01-01T00:00:00Z, where Discord's snowflakes begin. */
const DISCORD_EPOCH_MS = 1_420_070_400_000n;

/** So many events must agree before the difference of the clocks is believed. */
const SAMPLES = 5;

/** When the thing with this id was made, in milliseconds since the epoch, by Discord's clock. */
export function snowflakeTimeMs(snowflake: string): number {
  return Number((BigInt(snowflake) >> 22n) + DISCORD_EPOCH_MS);
}

/**
 * The age of events by their snowflakes. A host whose clock is a few seconds fast would take every event for stale and go
 * silent, so the smallest age among the latest events is taken as the difference between the two clocks: true ages vary,
 * that difference does not.
 */
export class EventAge {
  readonly #latest: number[] = [];

  /** Milliseconds since the event was made, by our clock put right. */
  observe(eventId: string, nowMs: number): number {
    const apparentMs = nowMs - snowflakeTimeMs(eventId);
    this.#latest.push(apparentMs);
    if (this.#latest.length > SAMPLES) this.#latest.shift();
    return this.of(eventId, nowMs);
  }

  /** The same for an event that Discord repeats, from which nothing can be learned about the clocks. */
  of(eventId: string, nowMs: number): number {
    const apparentMs = nowMs - snowflakeTimeMs(eventId);
    const skewMs = this.#latest.length < SAMPLES ? 0 : Math.min(...this.#latest);
    return Math.max(0, apparentMs - skewMs);
  }
}
