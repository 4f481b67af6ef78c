import type { Clock } from '../../shared/clock.js';

export interface GuildCacheOptions<T> {
  load(guildId: string): Promise<T>;
  readonly clock: Clock;
  /** After this long a value is read again. */
  readonly maxAgeMs: number;
}

interface Entry<T> {
  readonly value: Promise<T>;
  readonly storedAt: number;
}

/** Per guild one value that is read when it is first needed; whoever asks meanwhile waits for the same read. */
export class GuildCache<T> {
  readonly #options: GuildCacheOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: GuildCacheOptions<T>) {
    this.#options = options;
  }

  /** What is there already, or being read; undefined otherwise. */
  peek(guildId: string): Promise<T> | undefined {
    const { clock, maxAgeMs } = this.#options;
    const known = this.#entries.get(guildId);
    return known && clock.monotonic() - known.storedAt < maxAgeMs ? known.value : undefined;
  }

  /** Rejects with the error of the read; a failure is not remembered. */
  get(guildId: string): Promise<T> {
    const { clock, load } = this.#options;
    const known = this.peek(guildId);
    if (known) return known;
    const entry: Entry<T> = { value: load(guildId), storedAt: clock.monotonic() };
    this.#entries.set(guildId, entry);
    entry.value.catch(() => {
      // A value that was set meanwhile is newer than this failure.
      if (this.#entries.get(guildId) === entry) this.#entries.delete(guildId);
    });
    return entry.value;
  }

  set(guildId: string, value: T): void {
    this.#entries.set(guildId, { value: Promise.resolve(value), storedAt: this.#options.clock.monotonic() });
  }

  /** Takes over a value from a bulk read, unless a newer one is there already. */
  setIfAbsent(guildId: string, value: T): void {
    if (!this.#entries.has(guildId)) this.set(guildId, value);
  }

  delete(guildId: string): void {
    this.#entries.delete(guildId);
  }
}
