import type { Clock } from '../../shared/clock.js';

export interface GuildCacheOptions<T> {
  load(guildId: string): Promise<T>;
  readonly clock: Clock;
  /** After this long a value is read again. */
  readonly maxAgeMs: number;
  /** How many guilds are kept: those that were asked for last. Default: 10,000. */
  readonly maxGuilds?: number;
  /** For those who would rather have an old value than none. Without it the failure of a read is passed on. */
  readonly stale?: StaleOptions;
}

interface StaleOptions {
  /** After a failed read the value from before is served for so long, then the next read is tried. */
  readonly retryAfterMs: number;
  /** A value past its age is served because of this error. */
  onServed(guildId: string, error: unknown): void;
}

interface Entry<T> {
  readonly value: Promise<T>;
  /** On the monotonic clock, in ms. */
  freshUntil: number;
}

/** Lookups that found a value or one on its way, and those that had to read. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

const DEFAULT_MAX_GUILDS = 10_000;

/** Per guild one value that is read when it is first needed; whoever asks meanwhile waits for the same read. */
export class GuildCache<T> {
  readonly #options: GuildCacheOptions<T>;
  /** The guild that was asked for longest ago comes first. */
  readonly #entries = new Map<string, Entry<T>>();
  #hits = 0;
  #misses = 0;

  constructor(options: GuildCacheOptions<T>) {
    this.#options = options;
  }

  /** Since the start. */
  get counts(): CacheCounts {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** What is there already, or being read; undefined otherwise. */
  peek(guildId: string): Promise<T> | undefined {
    const known = this.#entries.get(guildId);
    if (!known || this.#options.clock.monotonic() >= known.freshUntil) return undefined;
    this.#hits += 1;
    this.#keep(guildId, known);
    return known.value;
  }

  /** Rejects with the error of the read; a failure is not remembered. */
  get(guildId: string): Promise<T> {
    const known = this.peek(guildId);
    if (known) return known;
    this.#misses += 1;
    const entry = this.#read(guildId, this.#entries.get(guildId));
    this.#keep(guildId, entry);
    entry.value.catch(() => {
      // A value that was set meanwhile is newer than this failure.
      if (this.#entries.get(guildId) === entry) this.#entries.delete(guildId);
    });
    return entry.value;
  }

  set(guildId: string, value: T): void {
    this.#keep(guildId, { value: Promise.resolve(value), freshUntil: this.#freshUntil() });
  }

  /** Takes over a value from a bulk read, unless a newer one is there already. */
  setIfAbsent(guildId: string, value: T): void {
    if (!this.#entries.has(guildId)) this.set(guildId, value);
  }

  /** Has the value read again at the next use, without forgetting it: what became of it is not certain. */
  expire(guildId: string): void {
    const known = this.#entries.get(guildId);
    if (known) known.freshUntil = Number.NEGATIVE_INFINITY;
  }

  delete(guildId: string): void {
    this.#entries.delete(guildId);
  }

  #read(guildId: string, previous: Entry<T> | undefined): Entry<T> {
    const { load, clock, stale } = this.#options;
    const freshUntil = this.#freshUntil();
    const read = load(guildId);
    if (!stale || !previous) return { value: read, freshUntil };
    const value = read.catch((error: unknown) => {
      entry.freshUntil = clock.monotonic() + stale.retryAfterMs;
      stale.onServed(guildId, error);
      return previous.value;
    });
    const entry: Entry<T> = { value, freshUntil };
    return entry;
  }

  #freshUntil(): number {
    return this.#options.clock.monotonic() + this.#options.maxAgeMs;
  }

  /** Puts an entry last, and drops the first when there are too many. */
  #keep(guildId: string, entry: Entry<T>): void {
    const { maxGuilds = DEFAULT_MAX_GUILDS } = this.#options;
    this.#entries.delete(guildId);
    this.#entries.set(guildId, entry);
    const [first] = this.#entries.keys();
    if (this.#entries.size > maxGuilds && first !== undefined) this.#entries.delete(first);
  }
}
