import type { EntityManager } from 'typeorm';
import { Level } from '../entities/level.js';

export interface XpGain {
  readonly guildId: string;
  readonly userId: string;
  readonly amount: number;
  readonly at: Date;
  /** Nothing is earned within this many ms of the last time. */
  readonly cooldownMs: number;
  /** The level that a sum of xp stands for. */
  readonly levelOf: (xp: number) => number;
}

/** Activity of members. */
export class LevelController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** null when the member has never earned anything. */
  get(guildId: string, userId: string): Promise<Level | null> {
    return this.#manager.findOneBy(Level, { guildId, userId });
  }

  /**
   * Adds xp, exactly once also when several messages arrive together.
   *
   * @returns the new standing and the level before; null during the cooldown, when nothing changes.
   */
  addXp(gain: XpGain): Promise<{ xp: number; level: number; previousLevel: number } | null> {
    const { guildId, userId } = gain;
    return this.#manager.transaction(async (manager) => {
      await manager.createQueryBuilder().insert().into(Level).values({ guildId, userId }).orIgnore().execute();
      const before = await manager.findOneOrFail(Level, {
        where: { guildId, userId },
        lock: { mode: 'pessimistic_write' },
      });
      if (before.lastXpAt !== null && gain.at.getTime() - before.lastXpAt.getTime() < gain.cooldownMs) return null;
      const xp = before.xp + gain.amount;
      const level = gain.levelOf(xp);
      await manager.update(Level, { guildId, userId }, { xp, level, lastXpAt: gain.at });
      return { xp, level, previousLevel: before.level };
    });
  }

  /** At most `limit` members of a guild, most xp first. */
  leaderboard(guildId: string, limit: number): Promise<Level[]> {
    return this.#manager.find(Level, { where: { guildId }, order: { xp: 'DESC', userId: 'ASC' }, take: limit });
  }
}
