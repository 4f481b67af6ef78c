import { type EntityManager, In, LessThan, MoreThan, Not } from 'typeorm';
import { Case, type CaseStatus, type CaseType } from '../entities/case.js';
import { GuildConfig } from '../entities/guild-config.js';
import { GuildConfigController } from './guild-config-controller.js';

/** An act of moderation that is about to be carried out. */
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

/** Which cases are wanted; a field that is not given does not restrict them. */
export interface CaseFilter {
  readonly userId?: string;
  readonly type?: CaseType;
  readonly status?: CaseStatus;
}

/** What kinds of measures an act ends, e.g. every earlier ban of the same person. */
export interface Settlement {
  readonly status: CaseStatus;
  readonly ends: readonly CaseType[];
}

/** What can be in force at the same time for one person: a new ban takes the place of an older one. */
const BANS: readonly CaseType[] = ['ban', 'tempban'];

/** Acts of moderation, numbered from 1 in each guild without gaps. */
export class CaseController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * Records a case under the guild's next number, as `pending`.
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

  /** null when there is none. @param id of the row, which people never see. */
  getById(id: number): Promise<Case | null> {
    return this.#manager.findOneBy(Case, { id });
  }

  /** null when the guild has no case of that number. */
  getByNumber(guildId: string, number: number): Promise<Case | null> {
    return this.#manager.findOneBy(Case, { guildId, number });
  }

  /** The case that an event caused; null when it has not caused one yet. */
  getByEventKey(eventKey: string): Promise<Case | null> {
    return this.#manager.findOneBy(Case, { eventKey });
  }

  /** At most `limit` cases of a guild, newest first, without the first `skip` of them. */
  list(guildId: string, filter: CaseFilter, limit: number, skip = 0): Promise<Case[]> {
    return this.#manager.find(Case, { where: { guildId, ...filter }, order: { number: 'DESC' }, take: limit, skip });
  }

  count(guildId: string, filter: CaseFilter): Promise<number> {
    return this.#manager.countBy(Case, { guildId, ...filter });
  }

  /** @returns whether there is such a case. */
  async updateReason(guildId: string, number: number, reason: string): Promise<boolean> {
    const { affected } = await this.#manager.update(Case, { guildId, number }, { reason });
    return affected === 1;
  }

  /** Notes where the log shows the case. */
  async setLogMessage(id: number, message: { readonly channelId: string; readonly id: string }): Promise<void> {
    await this.#manager.update(Case, { id }, { logChannelId: message.channelId, logMessageId: message.id });
  }

  /** Notes what became of a case, and closes the measures against the same person that it puts an end to. */
  settle(id: number, { status, ends }: Settlement): Promise<void> {
    return this.#manager.transaction(async (manager) => {
      await manager.update(Case, { id }, { status });
      const { guildId, userId, number } = await manager.findOneByOrFail(Case, { id });
      // Not the newer ones: this may be made up for late.
      const ended = { guildId, userId, type: In([...ends]), status: 'open' as const, number: LessThan(number) };
      await manager.update(Case, ended, { status: 'closed' });
    });
  }

  /** @returns whether there was such a case and it was open. */
  async close(id: number): Promise<boolean> {
    const { affected } = await this.#manager.update(Case, { id, status: 'open' }, { status: 'closed' });
    return affected === 1;
  }

  /** Closes the bans of somebody who is not banned any more. @returns how many were open. */
  async closeBans(guildId: string, userId: string): Promise<number> {
    const open = { guildId, userId, type: In([...BANS]), status: 'open' as const };
    return (await this.#manager.update(Case, open, { status: 'closed' })).affected ?? 0;
  }

  /** The last ban of somebody that was not refused; null when there is none. */
  newestBan(guildId: string, userId: string): Promise<Case | null> {
    const where = { guildId, userId, type: In([...BANS]), status: Not('void' as const) };
    return this.#manager.findOne(Case, { where, order: { number: 'DESC' } });
  }

  /** At most `limit` cases of all guilds that have been pending since before `until`, by id, from the one after `afterId`. */
  listPending(until: Date, limit: number, afterId = 0): Promise<Case[]> {
    const where = { status: 'pending' as const, createdAt: LessThan(until), id: MoreThan(afterId) };
    return this.#manager.find(Case, { where, order: { id: 'ASC' }, take: limit });
  }

  /** At most `limit` open bans of all guilds that end before `until`, by id, from the one after `afterId`. */
  listEnding(until: Date, limit: number, afterId = 0): Promise<Case[]> {
    const where = {
      type: 'tempban' as const,
      status: 'open' as const,
      expiresAt: LessThan(until),
      id: MoreThan(afterId),
    };
    return this.#manager.find(Case, { where, order: { id: 'ASC' }, take: limit });
  }

  /** Closes time-outs that ended by themselves before `now`. */
  async closeEndedTimeouts(now: Date): Promise<void> {
    const ended = { type: 'timeout' as const, status: 'open' as const, expiresAt: LessThan(now) };
    await this.#manager.update(Case, ended, { status: 'closed' });
  }
}
