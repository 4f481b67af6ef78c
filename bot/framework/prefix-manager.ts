import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { TuxError } from '../../shared/errors.js';
import type { Service } from '../../shared/lifecycle/service.js';
import type { Logger } from '../../shared/logging/logger.js';
import { isDatabaseOutage } from './error-boundary.js';
import { type CacheCounts, GuildCache } from './guild-cache.js';

/** The prefix of a guild, and the one that it had before. Null: none of its own. */
export interface GuildPrefix {
  readonly prefix: string | null;
  readonly previousPrefix: string | null;
  /** Snowflake of the message or interaction that changed it; null: it never was. */
  readonly prefixEventId: string | null;
}

/** What the prefixes need of the database. */
export interface PrefixStore {
  getById(guildId: string): Promise<GuildPrefix | null>;
  /** At most `limit` guilds that have a prefix of their own. */
  listPrefixes(limit: number): Promise<readonly (GuildPrefix & { readonly guildId: string })[]>;
  /** @returns the prefixes as they are now. */
  updatePrefix(guildId: string, prefix: string | null, eventId: string): Promise<GuildPrefix>;
}

export interface PrefixManagerOptions {
  /** Read at each use: a database has its controllers only once it is connected. */
  readonly database: { readonly guildConfig: PrefixStore };
  /** Read at each use: it may change. */
  readonly defaultPrefix: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Bounds of the bulk read at the start; other guilds are read when they first speak. */
const LOAD_TIMEOUT_MS = 10_000;
const LOAD_LIMIT = 1_000;
/** A command waits no longer than this for the prefix of its guild. */
const LOOKUP_TIMEOUT_MS = 2_000;
/** After a failed read the database is left alone for so long: every message of every guild comes by here. */
const PAUSE_AFTER_FAILURE_MS = 5_000;
const MAX_AGE_MS = 24 * 3_600_000;
const NONE: GuildPrefix = { prefix: null, previousPrefix: null, prefixEventId: null };

/** The command prefix of each guild: memory first, then the database, and the default when neither answers. */
export class PrefixManager {
  readonly #options: PrefixManagerOptions;
  readonly #cache: GuildCache<GuildPrefix>;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: PrefixManagerOptions) {
    this.#options = options;
    const { database, clock } = options;
    const read = async (guildId: string) => prefixesOf((await database.guildConfig.getById(guildId)) ?? NONE);
    const load = (guildId: string) => deadline('reading a prefix', LOOKUP_TIMEOUT_MS, () => read(guildId));
    this.#cache = new GuildCache({ load, clock, maxAgeMs: MAX_AGE_MS });
  }

  /** How the lookups went since the start. */
  get cacheCounts(): CacheCounts {
    return this.#cache.counts;
  }

  /**
   * The prefix of a guild, or of direct messages (null). Never rejects.
   *
   * @param messageId message that is to be read: one from before the last change is read with the prefix of that time, also
   *   when it is handled again later. Default: the present prefix.
   */
  async get(guildId: string | null, messageId?: string): Promise<string> {
    const { clock, defaultPrefix, log } = this.#options;
    if (guildId === null) return defaultPrefix;
    const known = this.#cache.peek(guildId);
    if (known === undefined && clock.monotonic() < this.#pausedUntil) return defaultPrefix;
    try {
      return prefixAt(await (known ?? this.#cache.get(guildId)), messageId) ?? defaultPrefix;
    } catch (err) {
      this.#pausedUntil = clock.monotonic() + PAUSE_AFTER_FAILURE_MS;
      log.warn({ event: 'prefix:read:failed', err, guildId }, '⚠️ a prefix could not be read, the default is used');
      return defaultPrefix;
    }
  }

  /**
   * Changes the prefix of a guild: in the database first, so that what was confirmed survives. The default prefix is
   * stored as "none of its own".
   *
   * @param eventId snowflake of what asked for it; one that is not younger than that of the last change changes nothing.
   */
  async set(guildId: string, prefix: string, eventId: string): Promise<void> {
    const own = prefix === this.#options.defaultPrefix ? null : prefix;
    try {
      const row = await this.#options.database.guildConfig.updatePrefix(guildId, own, eventId);
      this.#cache.set(guildId, prefixesOf(row));
    } catch (error) {
      // Unless it was certainly not done, nobody knows: then the next message reads it.
      if (!isDatabaseOutage(error)) this.#cache.delete(guildId);
      throw error;
    }
  }

  /** Forgets a guild that the bot left. */
  forget(guildId: string): void {
    this.#cache.delete(guildId);
  }

  /**
   * Reads the prefixes of up to 1,000 guilds at once, in at most 10 s.
   *
   * @throws TuxError TUX_PREFIX_LOAD when the database does not give them.
   */
  async load(signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#options;
    try {
      const list = () => database.guildConfig.listPrefixes(LOAD_LIMIT);
      const prefixes = await deadline('reading the prefixes', LOAD_TIMEOUT_MS, list, signal, clock);
      for (const row of prefixes) this.#cache.setIfAbsent(row.guildId, prefixesOf(row));
      log.info({ event: 'prefix:loaded', guilds: prefixes.length }, `✅ ${prefixes.length} prefixes loaded`);
    } catch (cause) {
      signal.throwIfAborted();
      throw new TuxError('TUX_PREFIX_LOAD', 'The prefixes could not be read', { cause, hint: 'check the database' });
    }
  }

  /** Says that the bot does without the prefixes of the guilds for now. */
  announceFallback(): void {
    this.#options.log.warn({ event: 'prefix:fallback' }, '⚠️ Bot will use default prefix for all guilds');
  }
}

/** Without the rest of the row, which is not to be kept in memory. */
function prefixesOf({ prefix, previousPrefix, prefixEventId }: GuildPrefix): GuildPrefix {
  return { prefix, previousPrefix, prefixEventId };
}

function prefixAt({ prefix, previousPrefix, prefixEventId }: GuildPrefix, messageId: string | undefined) {
  if (messageId === undefined || prefixEventId === null) return prefix;
  return BigInt(messageId) <= BigInt(prefixEventId) ? previousPrefix : prefix;
}

/** The prefixes as an optional part of the start: without them the bot serves with the default prefix. */
export function createPrefixService(prefixes: PrefixManager): Service {
  return {
    name: 'prefix',
    dependsOn: ['database'],
    critical: false,
    // Above the manager's own limit, so that its clearer error is the one that is seen.
    initializeTimeoutMs: LOAD_TIMEOUT_MS + 1_000,
    initialize: (signal) => prefixes.load(signal),
    cleanup: async () => {},
    fallback: { initialize: async () => prefixes.announceFallback() },
  };
}
