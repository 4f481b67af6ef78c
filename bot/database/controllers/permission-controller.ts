import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { PermissionCommand } from '../entities/permission-command.js';
import { PermissionRank } from '../entities/permission-rank.js';
import { RankName } from '../entities/rank-name.js';

/** Which role has which rank in a guild, what the ranks are called, and which rank a command asks for: 0 to 10. */
export class PermissionController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async setRank(guildId: string, roleId: string, rank: number): Promise<void> {
    await this.#manager.upsert(PermissionRank, { guildId, roleId, rank }, ['guildId', 'roleId']);
  }

  /** @returns whether the role had a rank. */
  async removeRank(guildId: string, roleId: string): Promise<boolean> {
    const { affected } = await this.#manager.delete(PermissionRank, { guildId, roleId });
    return affected === 1;
  }

  /** Highest rank first. */
  listRanks(guildId: string): Promise<PermissionRank[]> {
    return this.#manager.find(PermissionRank, { where: { guildId }, order: { rank: 'DESC', roleId: 'ASC' } });
  }

  /** Gives a rank a name, in place of the one it has. */
  async setRankName(guildId: string, rank: number, name: string): Promise<void> {
    await this.#manager.upsert(RankName, { guildId, rank, name }, ['guildId', 'rank']);
  }

  /** @returns whether the rank had a name. */
  async removeRankName(guildId: string, rank: number): Promise<boolean> {
    const { affected } = await this.#manager.delete(RankName, { guildId, rank });
    return affected === 1;
  }

  /** Names the ranks that have no name yet. @returns how many that were. */
  addRankNames(guildId: string, names: readonly Pick<RankName, 'rank' | 'name'>[]): Promise<number> {
    return this.#insertMissing(
      RankName,
      names.map(({ rank, name }) => ({ guildId, rank, name })),
    );
  }

  /** Lowest rank first. */
  listRankNames(guildId: string): Promise<RankName[]> {
    return this.#manager.find(RankName, { where: { guildId }, order: { rank: 'ASC' } });
  }

  async setRequirement(guildId: string, command: string, rank: number): Promise<void> {
    await this.#manager.upsert(PermissionCommand, { guildId, command, rank }, ['guildId', 'command']);
  }

  /** @returns whether the command had a requirement. */
  async removeRequirement(guildId: string, command: string): Promise<boolean> {
    const { affected } = await this.#manager.delete(PermissionCommand, { guildId, command });
    return affected === 1;
  }

  /** Configures the commands that have no requirement yet. @returns how many that were. */
  addRequirements(
    guildId: string,
    requirements: readonly Pick<PermissionCommand, 'command' | 'rank'>[],
  ): Promise<number> {
    return this.#insertMissing(
      PermissionCommand,
      requirements.map(({ command, rank }) => ({ guildId, command, rank })),
    );
  }

  /** In the order of the commands' names. */
  listRequirements(guildId: string): Promise<PermissionCommand[]> {
    return this.#manager.find(PermissionCommand, { where: { guildId }, order: { command: 'ASC' } });
  }

  /** One statement, so that what somebody else has written meanwhile stays. @returns how many rows are new. */
  async #insertMissing(entity: EntityTarget<ObjectLiteral>, rows: readonly ObjectLiteral[]): Promise<number> {
    if (rows.length === 0) return 0;
    const insert = this.#manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values([...rows])
      .orIgnore();
    const { raw } = await insert.returning('rank').execute();
    return (raw as unknown[]).length;
  }
}
