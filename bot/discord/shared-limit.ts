import { Collection } from 'discord.js';

interface Entry {
  drop(): void;
}

/**
 * A bound on many collections together. discord.js makes one cache for each guild and channel and can bound each of them
 * only; with the number of guilds their sum would still grow. Here the entry that was stored longest ago, in whichever of
 * them, makes room for a new one.
 */
export class SharedLimit {
  readonly #maxSize: number;
  /** Oldest first. */
  readonly #entries = new Set<Entry>();

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** How many entries there are in all the collections, without those that are kept in any case. */
  get size(): number {
    return this.#entries.size;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > this.#maxSize) oldest?.drop();
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry);
  }
}

/** One of the collections under a {@link SharedLimit}. */
export class SharedLimitCollection<V> extends Collection<string, V> {
  readonly #limit: SharedLimit;
  readonly #isExempt: (value: V) => boolean;
  /** Made when there is something to put in: there is such a collection for every channel, and most stay empty. */
  #entries: Map<string, Entry> | null = null;

  /** @param isExempt what is kept in any case and not counted. */
  constructor(limit: SharedLimit, isExempt: (value: V) => boolean) {
    super();
    this.#limit = limit;
    this.#isExempt = isExempt;
  }

  /** What `filter` and the like return is a plain collection. */
  static override get [Symbol.species](): typeof Collection {
    return Collection;
  }

  override set(key: string, value: V): this {
    super.set(key, value);
    if (!this.#isExempt(value)) this.#renew(key);
    return this;
  }

  override delete(key: string): boolean {
    const entry = this.#entries?.get(key);
    if (entry) this.#limit.delete(entry);
    this.#entries?.delete(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const entry of this.#entries?.values() ?? []) this.#limit.delete(entry);
    this.#entries?.clear();
    super.clear();
  }

  #renew(key: string): void {
    const known = this.#entries?.get(key);
    if (known) this.#limit.delete(known);
    const entry = known ?? { drop: () => this.delete(key) };
    this.#entries ??= new Map();
    this.#entries.set(key, entry);
    this.#limit.add(entry);
  }
}
