import type { BotServices } from '../../framework/bot-services.js';
import { type OnceContext, type Write, writeOnce } from '../../framework/once.js';
import { perRun } from '../../framework/per-run.js';
import { LenientGuildCache } from '../lenient-guild-cache.js';

/** What the listeners of this cog need to know of a guild. */
export interface GuildSettings {
  /** null: nobody is greeted. */
  readonly welcomeChannelId: string | null;
  /** null: the usual greeting. */
  readonly welcomeMessage: string | null;
  /** null: nothing is reported. */
  readonly activityLogChannelId: string | null;
}

const NOTHING_SET: GuildSettings = { welcomeChannelId: null, welcomeMessage: null, activityLogChannelId: null };

/** The settings of guilds, in memory as far as they are needed. */
export class GuildSettingsStore {
  readonly #database: BotServices['database'];
  readonly #cache: LenientGuildCache<GuildSettings>;

  constructor({ database, clock, log }: Pick<BotServices, 'database' | 'clock' | 'log'>) {
    this.#database = database;
    this.#cache = new LenientGuildCache({
      load: (id) => this.read(id),
      clock,
      log,
      what: 'greetings and activity logs',
    });
  }

  /** For listeners: nothing is set while the database is away. Never rejects. */
  async of(guildId: string): Promise<GuildSettings> {
    return (await this.#cache.get(guildId)) ?? NOTHING_SET;
  }

  /** For commands: straight from the database. */
  async read(guildId: string): Promise<GuildSettings> {
    const config = await this.#database.guildConfig.getById(guildId);
    if (config === null) return NOTHING_SET;
    const { welcomeChannelId, welcomeMessage, activityLogChannelId } = config;
    return { welcomeChannelId, welcomeMessage, activityLogChannelId };
  }

  setWelcomeChannel(ctx: OnceContext, guildId: string, channelId: string | null): Promise<void> {
    return this.#set(ctx, guildId, (db) => db.guildConfig.updateWelcomeChannel(guildId, channelId));
  }

  setWelcomeMessage(ctx: OnceContext, guildId: string, message: string | null): Promise<void> {
    return this.#set(ctx, guildId, (db) => db.guildConfig.updateWelcomeMessage(guildId, message));
  }

  setActivityLogChannel(ctx: OnceContext, guildId: string, channelId: string | null): Promise<void> {
    return this.#set(ctx, guildId, (db) => db.guildConfig.updateActivityLogChannel(guildId, channelId));
  }

  /** The channel for greetings is gone: nobody is greeted, unless somebody has set another one meanwhile. */
  async dropWelcomeChannel(guildId: string, goneId: string): Promise<void> {
    const { welcomeChannelId } = await this.read(guildId);
    if (welcomeChannelId !== goneId) return;
    await this.#change(guildId, this.#database.guildConfig.updateWelcomeChannel(guildId, null));
  }

  /** The same for the channel of the activity log. */
  async dropActivityLogChannel(guildId: string, goneId: string): Promise<void> {
    const { activityLogChannelId } = await this.read(guildId);
    if (activityLogChannelId !== goneId) return;
    await this.#change(guildId, this.#database.guildConfig.updateActivityLogChannel(guildId, null));
  }

  forget(guildId: string): void {
    this.#cache.delete(guildId);
  }

  #set(ctx: OnceContext, guildId: string, write: Write<unknown>): Promise<void> {
    return this.#change(guildId, writeOnce(ctx, write));
  }

  /** Whether it worked or not, what is in memory may be wrong now. */
  async #change(guildId: string, written: Promise<void>): Promise<void> {
    try {
      await written;
    } finally {
      this.#cache.delete(guildId);
    }
  }
}

/** The settings as this run of the bot knows them. */
export const guildSettingsOf = perRun((services) => new GuildSettingsStore(services));
