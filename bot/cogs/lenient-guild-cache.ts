import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { GuildCache } from '../framework/guild-cache.js';

/** Read again after this long, in case somebody changed the database from outside. */
const MAX_AGE_MS = 30 * 60_000;
/** A database that failed is not asked again before this. */
const RETRY_AFTER_MS = 30_000;

/** Where the values of a {@link LenientGuildCache} come from, and what the log calls them. */
export interface LenientGuildCacheOptions<T> {
  load(guildId: string): Promise<T>;
  readonly clock: Clock;
  readonly log: Logger;
  /** For the log: what is not available while the database is away. */
  readonly what: string;
}

/**
 * What listeners of frequent events need to know about a guild. They see a database that is away as "nothing is known":
 * one warning for the whole outage, and no further question for half a minute.
 */
export class LenientGuildCache<T> {
  readonly #options: LenientGuildCacheOptions<T>;
  readonly #cache: GuildCache<T>;
  #failedAt: number | undefined;

  constructor(options: LenientGuildCacheOptions<T>) {
    this.#options = options;
    const load = async (guildId: string) => {
      const value = await options.load(guildId);
      this.#failedAt = undefined;
      return value;
    };
    this.#cache = new GuildCache({ load, clock: options.clock, maxAgeMs: MAX_AGE_MS });
  }

  /** Null while the database is away. Never rejects. */
  async get(guildId: string): Promise<T | null> {
    if (this.#isPausing && this.#cache.peek(guildId) === undefined) return null;
    try {
      return await this.#cache.get(guildId);
    } catch (err) {
      const { clock, log, what } = this.#options;
      if (this.#failedAt === undefined) {
        log.warn({ event: 'guild-cache:unavailable', err, what }, `⚠️ ${what} are not available: the database is away`);
      }
      this.#failedAt = clock.monotonic();
      return null;
    }
  }

  set(guildId: string, value: T): void {
    this.#cache.set(guildId, value);
  }

  /** The next look reads it again. */
  delete(guildId: string): void {
    this.#cache.delete(guildId);
  }

  get #isPausing(): boolean {
    return this.#failedAt !== undefined && this.#options.clock.monotonic() - this.#failedAt < RETRY_AFTER_MS;
  }
}
