import { type EntityManager, LessThan } from 'typeorm';
import { Absence } from '../entities/absence.js';

/** An absence that a member of a guild has announced. */
export interface NewAbsence {
  readonly guildId: string;
  readonly userId: string;
  readonly reason: string;
  readonly since: Date;
}

/** Members who said to be away; at most one absence per member and guild. */
export class AbsenceController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Notes an absence in place of an earlier one. */
  async set({ guildId, userId, reason, since }: NewAbsence): Promise<void> {
    await this.#manager.upsert(Absence, { guildId, userId, reason, since }, ['guildId', 'userId']);
  }

  /** Ends an absence that began before `at`. @returns whether there was one. */
  async end(guildId: string, userId: string, at: Date): Promise<boolean> {
    const { affected } = await this.#manager.delete(Absence, { guildId, userId, since: LessThan(at) });
    return affected === 1;
  }

  /** At most `limit` absences of a guild, newest first. */
  list(guildId: string, limit: number): Promise<Absence[]> {
    return this.#manager.find(Absence, { where: { guildId }, order: { since: 'DESC', userId: 'ASC' }, take: limit });
  }
}
