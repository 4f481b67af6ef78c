import { type EntityManager, LessThan, MoreThan } from 'typeorm';
import { Level } from '../entities/level.js';
import { LevelRole } from '../entities/level-role.js';
import { EffectController } from './effect-controller.js';

/** Xp that a message earned. */
export interface XpGain {
  readonly guildId: string;
  readonly userId: string;
  readonly amount: number;
  /** The message. */
  readonly eventId: string;
  /** When it was written, however late it is stored. */
  readonly at: Date;
}

/** What the cog decides about levels. */
export interface LevelRules {
  /** Nothing is earned within this many ms of the last time. */
  readonly cooldownMs: number;
  /** More than this nobody has. */
  readonly maxXp: number;
  /** The level that a sum of xp stands for. */
  readonly levelOf: (xp: number) => number;
}

/** What became of one gain. */
export interface XpOutcome<G extends XpGain = XpGain> {
  readonly gain: G;
  /** False during the cooldown, and for a message that earned its xp before: then nothing changed. */
  readonly isEarned: boolean;
  readonly xp: number;
  readonly level: number;
  /** Before this message, also when it is told again. */
  readonly previousLevel: number;
  /** When xp was last earned, by this gain or before it. */
  readonly lastXpAt: Date | null;
}

/** A change of somebody's xp by hand. */
export interface XpChange {
  readonly guildId: string;
  readonly userId: string;
  /** Snowflake of the command, which counts once for each member. */
  readonly eventId: string;
  /** From the present xp to the new one. */
  readonly change: (xp: number) => number;
}

/** Where a member stands; `place` counts from 1. */
export interface Standing {
  readonly xp: number;
  readonly level: number;
  readonly place: number;
}

/** Activity of members, and the roles that it earns. */
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
   * Adds xp in one transaction: all of the gains or, when it rejects, none. The same message never earns twice.
   *
   * @returns one outcome for each gain, in the same order.
   */
  addXp<G extends XpGain>(gains: readonly G[], rules: LevelRules): Promise<XpOutcome<G>[]> {
    return this.#manager.transaction(async (manager) => {
      const rows = await lockRows(manager, gains);
      const outcomes = gains.map((gain) => earn(rowOf(rows, gain), gain, rules));
      if (outcomes.some(({ isEarned }) => isEarned)) await manager.upsert(Level, rows, ['guildId', 'userId']);
      return outcomes;
    });
  }

  /** Changes xp by hand, within 0 and the most there is. */
  changeXp({ guildId, userId, eventId, change }: XpChange, rules: LevelRules): Promise<Pick<Level, 'xp' | 'level'>> {
    return this.#manager.transaction(async (manager) => {
      const rows = await lockRows(manager, [{ guildId, userId }]);
      const before = rowOf(rows, { guildId, userId });
      return new EffectController(manager).once(`xp:${eventId}:${guildId}:${userId}`, async () => {
        const xp = Math.min(rules.maxXp, Math.max(0, change(before.xp)));
        const level = rules.levelOf(xp);
        await manager.update(Level, { guildId, userId }, { xp, level });
        return { xp, level };
      });
    });
  }

  /** null for somebody without xp. */
  async standing(guildId: string, userId: string): Promise<Standing | null> {
    const own = await this.get(guildId, userId);
    if (own === null || own.xp === 0) return null;
    const ahead = await this.#manager.countBy(Level, [
      { guildId, xp: MoreThan(own.xp) },
      { guildId, xp: own.xp, userId: LessThan(userId) }, // the order of the leaderboard
    ]);
    return { xp: own.xp, level: own.level, place: ahead + 1 };
  }

  /**
   * Members of a guild who have xp, most xp first; who has the same is ordered by the text of the id, so that pages fit
   * together.
   */
  leaderboard(guildId: string, { offset, limit }: { offset: number; limit: number }): Promise<Level[]> {
    const order = { xp: 'DESC', userId: 'ASC' } as const;
    return this.#manager.find(Level, { where: { guildId, xp: MoreThan(0) }, order, skip: offset, take: limit });
  }

  /** How many members of a guild have xp. */
  countRanked(guildId: string): Promise<number> {
    return this.#manager.countBy(Level, { guildId, xp: MoreThan(0) });
  }

  /** The roles of a guild's levels, lowest level first. */
  listRewards(guildId: string): Promise<LevelRole[]> {
    return this.#manager.find(LevelRole, { where: { guildId }, order: { level: 'ASC' } });
  }

  /** Gives a level its role, in place of the one that it had. */
  async setReward(guildId: string, level: number, roleId: string): Promise<void> {
    await this.#manager.upsert(LevelRole, { guildId, level, roleId }, ['guildId', 'level']);
  }

  /** A role that is gone: no level gives it any more. @returns how many did. */
  async removeRole(guildId: string, roleId: string): Promise<number> {
    const { affected } = await this.#manager.delete(LevelRole, { guildId, roleId });
    return affected ?? 0;
  }

  /** @returns whether the level had a role. */
  async removeReward(guildId: string, level: number): Promise<boolean> {
    const { affected } = await this.#manager.delete(LevelRole, { guildId, level });
    return affected === 1;
  }
}

type Member = Pick<Level, 'guildId' | 'userId'>;

/** The rows of the members, made if need be, and locked until the transaction ends: always in the same order. */
async function lockRows(manager: EntityManager, wanted: readonly Member[]): Promise<Level[]> {
  const unique = new Map(wanted.map(({ guildId, userId }) => [`${guildId} ${userId}`, { guildId, userId }]));
  const where = [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
  // Without updateEntity(false) TypeORM would write the new rows' defaults into `where`.
  await manager.createQueryBuilder().insert().into(Level).values(where).orIgnore().updateEntity(false).execute();
  const order = { guildId: 'ASC', userId: 'ASC' } as const;
  return manager.find(Level, { where, order, lock: { mode: 'pessimistic_write' } });
}

function rowOf(rows: readonly Level[], { guildId, userId }: Member): Level {
  const row = rows.find((one) => one.guildId === guildId && one.userId === userId);
  if (row === undefined) throw new TypeError('a row that was locked is gone');
  return row;
}

/** Changes `row` when the gain counts. */
function earn<G extends XpGain>(row: Level, gain: G, { cooldownMs, maxXp, levelOf }: LevelRules): XpOutcome<G> {
  const { level: before, lastXpAt, lastEventId, lastEventLevel } = row;
  // Told again, it brings about what it brought about then: the new level may not have been celebrated before a crash.
  const isRepeated = lastEventId === gain.eventId;
  const previousLevel = isRepeated ? (lastEventLevel ?? before) : before;
  const isResting = lastXpAt !== null && gain.at.getTime() - lastXpAt.getTime() < cooldownMs;
  const isEarned = !isResting && !isRepeated;
  if (isEarned) {
    row.lastEventLevel = before;
    row.xp = Math.min(maxXp, row.xp + gain.amount);
    row.level = levelOf(row.xp);
    row.lastXpAt = gain.at;
    row.lastEventId = gain.eventId;
  }
  return { gain, isEarned, xp: row.xp, level: row.level, previousLevel, lastXpAt: row.lastXpAt };
}
