import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { GuildConfig } from '../entities/guild-config.js';

/** Settings of guilds. Every method that writes makes the guild's row if there is none. */
export class GuildConfigController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** null when nothing was ever set for this guild. */
  getById(guildId: string): Promise<GuildConfig | null> {
    return this.#manager.findOneBy(GuildConfig, { guildId });
  }

  /** The settings, made with their defaults if need be. Concurrent callers get the same row. */
  async getOrCreate(guildId: string): Promise<GuildConfig> {
    await this.#manager.createQueryBuilder().insert().into(GuildConfig).values({ guildId }).orIgnore().execute();
    return this.#manager.findOneByOrFail(GuildConfig, { guildId });
  }

  /**
   * Changes the prefix, and keeps the previous one.
   *
   * @param prefix null: back to the default.
   * @param eventId snowflake of what asked for it; one that is not younger than that of the last change changes nothing.
   * @returns the prefixes as they are now.
   */
  updatePrefix(guildId: string, prefix: string | null, eventId: string): Promise<GuildConfig> {
    return this.#manager.transaction(async (manager) => {
      await new GuildConfigController(manager).getOrCreate(guildId);
      const lock = { mode: 'pessimistic_write' } as const;
      const before = await manager.findOneOrFail(GuildConfig, { where: { guildId }, lock });
      const { prefixEventId } = before;
      if (prefixEventId !== null && BigInt(eventId) <= BigInt(prefixEventId)) return before;
      const change = { prefix, previousPrefix: before.prefix, prefixEventId: eventId };
      await manager.update(GuildConfig, { guildId }, { ...change, updatedAt: () => 'now()' });
      return { ...before, ...change };
    });
  }

  /** @param modLogChannelId null: report nowhere. */
  updateModLogChannel(guildId: string, modLogChannelId: string | null): Promise<void> {
    return this.#update(guildId, { modLogChannelId });
  }

  /** Switches the levels, or their announcements, on and off. */
  updateLevels(
    guildId: string,
    change: Partial<Pick<GuildConfig, 'levelsEnabled' | 'levelUpsAnnounced'>>,
  ): Promise<void> {
    return this.#update(guildId, change);
  }

  /** The settings of those of the guilds for which anything was ever set. */
  listByIds(guildIds: readonly string[]): Promise<GuildConfig[]> {
    return this.#manager.findBy(GuildConfig, { guildId: In([...guildIds]) });
  }

  /** @param activityLogChannelId null: report nowhere. */
  updateActivityLogChannel(guildId: string, activityLogChannelId: string | null): Promise<void> {
    return this.#update(guildId, { activityLogChannelId });
  }

  /** @param welcomeChannelId null: greet nobody. */
  updateWelcomeChannel(guildId: string, welcomeChannelId: string | null): Promise<void> {
    return this.#update(guildId, { welcomeChannelId });
  }

  /** @param welcomeMessage null: the usual greeting. */
  updateWelcomeMessage(guildId: string, welcomeMessage: string | null): Promise<void> {
    return this.#update(guildId, { welcomeMessage });
  }

  /** The prefixes of at most `limit` guilds that have one of their own, latest change first. */
  listPrefixes(limit: number): Promise<GuildConfig[]> {
    return this.#manager.find(GuildConfig, {
      where: { prefix: Not(IsNull()) },
      order: { updatedAt: 'DESC', guildId: 'ASC' },
      take: limit,
    });
  }

  async #update(guildId: string, change: Partial<Omit<GuildConfig, 'guildId' | 'updatedAt'>>): Promise<void> {
    await this.#manager.upsert(GuildConfig, { guildId, ...change, updatedAt: () => 'now()' }, ['guildId']);
  }
}
