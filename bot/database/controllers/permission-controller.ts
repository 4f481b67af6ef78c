import { type EntityManager, In } from 'typeorm';
import { PermissionCommand } from '../entities/permission-command.js';
import { PermissionRank } from '../entities/permission-rank.js';

/** Which role has which rank in a guild, and which rank a command asks for. Ranks go from 0 to 10. */
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

  /** The highest rank that any of the roles has; 0 when none has one. */
  async highestRank(guildId: string, roleIds: readonly string[]): Promise<number> {
    return (await this.#manager.maximum(PermissionRank, 'rank', { guildId, roleId: In([...roleIds]) })) ?? 0;
  }

  async setRequirement(guildId: string, command: string, rank: number): Promise<void> {
    await this.#manager.upsert(PermissionCommand, { guildId, command, rank }, ['guildId', 'command']);
  }

  /** @returns whether the command had a requirement. */
  async removeRequirement(guildId: string, command: string): Promise<boolean> {
    const { affected } = await this.#manager.delete(PermissionCommand, { guildId, command });
    return affected === 1;
  }

  /** The rank that the command asks for; null when nobody has set one. */
  async getRequirement(guildId: string, command: string): Promise<number | null> {
    const requirement = await this.#manager.findOneBy(PermissionCommand, { guildId, command });
    return requirement?.rank ?? null;
  }

  /** In the order of the commands' names. */
  listRequirements(guildId: string): Promise<PermissionCommand[]> {
    return this.#manager.find(PermissionCommand, { where: { guildId }, order: { command: 'ASC' } });
  }
}
