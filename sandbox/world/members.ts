import { unknown } from '../discord-error.js';
import { userPayload } from './payloads.js';
import type { MemberRecord } from './records.js';
import { newMember } from './seed.js';
import type { World } from './world.js';

/** Who belongs to which guild, with roles, time-outs and bans. Every change is announced as Discord announces it. */
export class Members {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws DiscordError 10007 */
  get(guildId: string, userId: string): MemberRecord {
    const member = this.#world.guild(guildId).members[userId];
    if (!member) throw unknown.member();
    return member;
  }

  join(guildId: string, userId: string): void {
    const guild = this.#world.guild(guildId);
    guild.members[userId] = newMember(userId, this.#world.nowIso());
    this.#announce('GUILD_MEMBER_ADD', { guild_id: guildId, ...this.#world.memberWithUser(guild, userId) });
  }

  /** Changes roles, nickname or time-out. */
  edit(
    guildId: string,
    userId: string,
    change: Partial<Pick<MemberRecord, 'roleIds' | 'nick' | 'timedOutUntil'>>,
  ): void {
    Object.assign(this.get(guildId, userId), change);
    this.#announceUpdate(guildId, userId);
  }

  addRole(guildId: string, userId: string, roleId: string): void {
    this.#world.roles.get(guildId, roleId);
    const { roleIds } = this.get(guildId, userId);
    if (!roleIds.includes(roleId)) this.edit(guildId, userId, { roleIds: [...roleIds, roleId] });
  }

  removeRole(guildId: string, userId: string, roleId: string): void {
    this.#world.roles.get(guildId, roleId);
    const { roleIds } = this.get(guildId, userId);
    this.edit(guildId, userId, { roleIds: roleIds.filter((id) => id !== roleId) });
  }

  /** @throws DiscordError 10007 for somebody who is not a member. */
  remove(guildId: string, userId: string): void {
    this.get(guildId, userId);
    delete this.#world.guild(guildId).members[userId];
    this.#announce('GUILD_MEMBER_REMOVE', this.#naming(guildId, userId));
  }

  /** Bans, and removes a member. Banning again changes nothing, as at Discord. */
  ban(guildId: string, userId: string, reason: string | null): void {
    const guild = this.#world.guild(guildId);
    if (userId in guild.bans) return;
    guild.bans[userId] = reason;
    this.#announce('GUILD_BAN_ADD', this.#naming(guildId, userId));
    if (guild.members[userId]) this.remove(guildId, userId);
  }

  /** @throws DiscordError 10026 for somebody who is not banned. */
  unban(guildId: string, userId: string): void {
    const guild = this.#world.guild(guildId);
    if (!(userId in guild.bans)) throw unknown.ban();
    delete guild.bans[userId];
    this.#announce('GUILD_BAN_REMOVE', this.#naming(guildId, userId));
  }

  #naming(guildId: string, userId: string): object {
    return { guild_id: guildId, user: userPayload(this.#world.user(userId)) };
  }

  #announceUpdate(guildId: string, userId: string): void {
    const member = this.#world.memberWithUser(this.#world.guild(guildId), userId);
    this.#announce('GUILD_MEMBER_UPDATE', { guild_id: guildId, ...member });
  }

  #announce(t: string, d: object): void {
    this.#world.changed({ t, d, isDirect: false });
  }
}
