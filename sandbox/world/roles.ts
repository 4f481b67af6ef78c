import { unknown } from '../discord-error.js';
import { rolePayload } from './payloads.js';
import type { RoleRecord } from './records.js';
import type { World } from './world.js';

/** Without `position`: right above `@everyone`. Without `permissions`: those of `@everyone`. */
export type NewRole = Pick<RoleRecord, 'name'> & Partial<Omit<RoleRecord, 'id' | 'name'>>;

/** The roles of the guilds. Every change is announced as Discord announces it. */
export class Roles {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws DiscordError 10011 */
  get(guildId: string, roleId: string): RoleRecord {
    const role = this.#world.guild(guildId).roles.find(({ id }) => id === roleId);
    if (!role) throw unknown.role();
    return role;
  }

  create(guildId: string, draft: NewRole): RoleRecord {
    const { permissions } = this.get(guildId, guildId);
    const role: RoleRecord = { permissions, position: 1, color: 0, ...draft, id: this.#world.snowflakes.next() };
    this.#world.guild(guildId).roles.push(role);
    this.#announce('GUILD_ROLE_CREATE', { guild_id: guildId, role: rolePayload(role) });
    return role;
  }

  /** @throws DiscordError 10011 */
  edit(guildId: string, roleId: string, change: Partial<Omit<RoleRecord, 'id'>>): RoleRecord {
    const role = Object.assign(this.get(guildId, roleId), change);
    this.#announce('GUILD_ROLE_UPDATE', { guild_id: guildId, role: rolePayload(role) });
    return role;
  }

  /** Deletes a role; nobody has it any more. @throws DiscordError 10011 */
  delete(guildId: string, roleId: string): void {
    const role = this.get(guildId, roleId);
    const guild = this.#world.guild(guildId);
    guild.roles = guild.roles.filter((other) => other !== role);
    for (const member of Object.values(guild.members)) member.roleIds = member.roleIds.filter((id) => id !== roleId);
    this.#announce('GUILD_ROLE_DELETE', { guild_id: guildId, role_id: roleId });
  }

  #announce(t: string, d: object): void {
    this.#world.changed({ t, d, isDirect: false });
  }
}
