import { type EntityManager, IsNull, Not } from 'typeorm';
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

  /** @param prefix null: back to the default. */
  updatePrefix(guildId: string, prefix: string | null): Promise<void> {
    return this.#update(guildId, { prefix });
  }

  /** @param modLogChannelId null: report nowhere. */
  updateModLogChannel(guildId: string, modLogChannelId: string | null): Promise<void> {
    return this.#update(guildId, { modLogChannelId });
  }

  /** The prefixes of at most `limit` guilds that have one of their own, latest change first. */
  async listPrefixes(limit: number): Promise<{ guildId: string; prefix: string }[]> {
    const rows = await this.#manager.find(GuildConfig, {
      where: { prefix: Not(IsNull()) },
      order: { updatedAt: 'DESC', guildId: 'ASC' },
      take: limit,
    });
    return rows.flatMap(({ guildId, prefix }) => (prefix === null ? [] : [{ guildId, prefix }]));
  }

  async #update(
    guildId: string,
    change: { prefix: string | null } | { modLogChannelId: string | null },
  ): Promise<void> {
    await this.#manager.upsert(GuildConfig, { guildId, ...change, updatedAt: () => 'now()' }, ['guildId']);
  }
}
