import type { Client } from 'discord.js';
import type { Clock } from '../../shared/clock.js';
import { describeError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { GuildCache } from '../framework/guild-cache.js';
import { readEmojiPictures } from './emoji-pictures.js';

/** Discord limits the creation of emojis harder than most; the original waits as long. */
const PAUSE_BETWEEN_CREATIONS_MS = 1_000;
const GUILD_EMOJIS_MAX_AGE_MS = 10 * 60_000;

/** What people see where an emoji of ours is not there (yet), by its name; anything else becomes {@link UNKNOWN}. */
const FALLBACKS: Readonly<Record<string, string>> = {
  tux_success: '✅',
  tux_error: '❌',
  tux_warning: '⚠️',
  tux_info: 'ℹ️',
};
const UNKNOWN = '▫️';

export interface EmojiManagerOptions {
  /** Read at each use: there is none before login. */
  readonly client: () => Client<true> | null;
  /** With the pictures of the application's emojis: `NAME.png`, `.gif`, `.jpg` or `.webp`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of the application's emojis: the names of those that were uploaded, and how many needed nothing. */
export interface EmojiSyncReport {
  readonly created: readonly string[];
  readonly kept: number;
}

/**
 * The emojis of the application, which work in every server, and those of single servers. Nothing waits for them: while
 * they are not known, the Unicode emoji stands in.
 */
export class EmojiManager {
  readonly #options: EmojiManagerOptions;
  /** Markdown by name. */
  #own: ReadonlyMap<string, string> = new Map();
  readonly #byGuild: GuildCache<ReadonlyMap<string, string>>;

  constructor(options: EmojiManagerOptions) {
    this.#options = options;
    this.#byGuild = new GuildCache({
      load: (guildId) => this.#fetchOfGuild(guildId),
      clock: options.clock,
      maxAgeMs: GUILD_EMOJIS_MAX_AGE_MS,
    });
  }

  /** An emoji of the application by name or id, as it is written into a message; its Unicode stand-in otherwise. */
  get(nameOrId: string): string {
    const byId = () => Array.from(this.#own.values()).find((markdown) => markdown.endsWith(`:${nameOrId}>`));
    return this.#own.get(nameOrId) ?? byId() ?? FALLBACKS[nameOrId] ?? UNKNOWN;
  }

  /** Like {@link get}, and looks among the emojis of the server, too. Never rejects. */
  async resolve(name: string, guildId: string | null): Promise<string> {
    const own = this.#own.get(name);
    if (own !== undefined || guildId === null) return own ?? this.get(name);
    try {
      return (await this.#byGuild.get(guildId)).get(name) ?? this.get(name);
    } catch (err) {
      const fields = { event: 'emojis:guild:failed', err, guildId };
      this.#options.log.debug(fields, '⚠️ the emojis of a server could not be read');
      return this.get(name);
    }
  }

  /**
   * Makes the application's emojis the pictures of the folder: creates what is missing, one a second, and with `renew` also
   * what is there already. Emojis that are not in the folder are left alone: somebody made them by hand.
   *
   * @throws whatever Discord answers; what was created before stays.
   */
  async sync(signal: AbortSignal, { renew = false } = {}): Promise<EmojiSyncReport> {
    const { client, folder, clock, log } = this.#options;
    const emojis = client()?.application.emojis;
    if (!emojis) return { created: [], kept: 0 };
    const pictures = await readEmojiPictures(folder);
    const present = await emojis.fetch();
    this.#own = new Map(present.map((emoji) => [emoji.name, emoji.toString()]));
    const created: string[] = [];
    for (const { name, path } of pictures) {
      const existing = present.find((emoji) => emoji.name === name);
      if (existing && !renew) continue;
      if (created.length > 0) await clock.sleep(PAUSE_BETWEEN_CREATIONS_MS, signal);
      signal.throwIfAborted();
      if (existing) await emojis.delete(existing);
      const emoji = await emojis.create({ attachment: path, name });
      this.#own = new Map([...this.#own, [name, emoji.toString()]]);
      created.push(name);
    }
    const report = { created, kept: pictures.length - created.length };
    log.info({ event: 'emojis:synced', ...report }, `✅ ${this.#own.size} emojis, ${created.length} of them new`);
    return report;
  }

  /** {@link sync} for the start: a failure is logged and the stand-ins are used. */
  async syncQuietly(signal: AbortSignal): Promise<void> {
    try {
      await this.sync(signal);
    } catch (err) {
      if (signal.aborted) return;
      const fields = { event: 'emojis:failed', err };
      this.#options.log.warn(fields, `⚠️ emojis could not be synced, Unicode stands in: ${describeError(err)}`);
    }
  }

  async #fetchOfGuild(guildId: string): Promise<ReadonlyMap<string, string>> {
    const emojis = await this.#options.client()?.guilds.cache.get(guildId)?.emojis.fetch();
    return new Map(emojis?.map((emoji) => [emoji.name ?? '', emoji.toString()]));
  }
}
