import { type Guild, type GuildMember, PermissionFlagsBits, type User } from 'discord.js';

/** Who asks, as far as permissions are concerned: plain data, so that rules about it are pure. */
export interface Actor {
  readonly userId: string;
  /** Null in a direct message. */
  readonly guildId: string | null;
  readonly roleIds: readonly string[];
  readonly isGuildOwner: boolean;
  /** Has the permission Manage Server (or Administrator) in the guild. */
  readonly canManageGuild: boolean;
}

/** What the permission system needs to know of somebody. @param member null in a direct message: without roles. */
export function describeActor(user: User, guild: Guild | null, member: GuildMember | null): Actor {
  return {
    userId: user.id,
    guildId: guild?.id ?? null,
    roleIds: member ? [...member.roles.cache.keys()] : [],
    isGuildOwner: guild?.ownerId === user.id,
    canManageGuild: member?.permissions.has(PermissionFlagsBits.ManageGuild) ?? false,
  };
}
