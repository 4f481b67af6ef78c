import type { EntityManager } from 'typeorm';
import { Case, type CaseType } from '../entities/case.js';
import { GuildConfig } from '../entities/guild-config.js';
import { GuildConfigController } from './guild-config-controller.js';

export interface NewCase {
  readonly guildId: string;
  readonly type: CaseType;
  readonly userId: string;
  readonly moderatorId: string;
  readonly reason: string;
  readonly expiresAt?: Date;
  /** The Discord event behind it, e.g. `message:123`: a second case for the same event is never made. */
  readonly eventKey?: string;
}

export interface CaseFilter {
  readonly userId?: string;
  readonly type?: CaseType;
}

/** Acts of moderation, numbered from 1 in each guild without gaps. */
export class CaseController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * Records a case under the guild's next number.
   *
   * @returns the case, and whether it is new: `isNew` is false when the event was recorded before, and that case is
   * returned as it is.
   */
  create(input: NewCase): Promise<{ case: Case; isNew: boolean }> {
    return this.#manager.transaction(async (manager) => {
      await new GuildConfigController(manager).getOrCreate(input.guildId);
      // Holds every other case of this guild back until we commit, so the look at the event key below is not too early.
      const guild = await manager.findOneOrFail(GuildConfig, {
        where: { guildId: input.guildId },
        lock: { mode: 'pessimistic_write' },
      });
      const { eventKey = null, expiresAt = null } = input;
      const earlier = eventKey === null ? null : await manager.findOneBy(Case, { eventKey });
      if (earlier !== null) return { case: earlier, isNew: false };

      const number = guild.caseCounter + 1;
      await manager.update(GuildConfig, { guildId: guild.guildId }, { caseCounter: number });
      const { guildId, type, userId, moderatorId, reason } = input;
      const record = manager.create(Case, { guildId, number, type, userId, moderatorId, reason, eventKey, expiresAt });
      return { case: await manager.save(record), isNew: true };
    });
  }

  getByNumber(guildId: string, number: number): Promise<Case | null> {
    return this.#manager.findOneBy(Case, { guildId, number });
  }

  /** At most `limit` cases of a guild, newest first. */
  list(guildId: string, filter: CaseFilter, limit: number): Promise<Case[]> {
    return this.#manager.find(Case, { where: { guildId, ...filter }, order: { number: 'DESC' }, take: limit });
  }

  /** @returns whether there is such a case. */
  async updateReason(guildId: string, number: number, reason: string): Promise<boolean> {
    const { affected } = await this.#manager.update(Case, { guildId, number }, { reason });
    return affected === 1;
  }

  /** @returns whether there was such a case and it was open. */
  async close(guildId: string, number: number): Promise<boolean> {
    const { affected } = await this.#manager.update(Case, { guildId, number, status: 'open' }, { status: 'closed' });
    return affected === 1;
  }
}
