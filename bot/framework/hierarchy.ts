import { type Guild, type GuildMember, PermissionFlagsBits, PermissionsBitField, type User } from 'discord.js';
import { type Refusal, refuse } from './precondition.js';

/** A role as far as its place among the others is concerned. */
export interface RoleRank {
  readonly id: string;
  readonly name: string;
  readonly position: number;
}

/** A member as far as it matters who stands above whom. */
export interface Standing {
  readonly userId: string;
  /** `@everyone` for somebody without roles. */
  readonly highestRole: RoleRank;
  /** Permission bits in the guild. */
  readonly permissions: bigint;
}

/** Everything that decides whether one person may act on another. */
export interface ActFacts {
  /** What is to be done, as it reads in "I cannot … them": `ban`, `time out`. */
  readonly verb: string;
  readonly guildOwnerId: string;
  readonly moderator: Standing;
  readonly bot: Standing;
  readonly targetId: string;
  /** Null: the person is not a member of the guild. */
  readonly target: Standing | null;
  /** Whether the act is one that only a member can suffer. */
  readonly needsMember: boolean;
  /** The permission that Discord asks of the bot; null: none, the act is a matter between people. */
  readonly permission: bigint | null;
}

/** Whether `role` stands above `other`; of two in one position, the older one does. */
function isAbove(role: RoleRank, other: RoleRank): boolean {
  if (role.position !== other.position) return role.position > other.position;
  return BigInt(role.id) < BigInt(other.id);
}

function has(bits: bigint, permission: bigint): boolean {
  return new PermissionsBitField(bits).has(permission);
}

/**
 * The first thing that stands against an act, in the order in which people would ask: whom is it about, may the moderator,
 * can the bot. Null: nothing. Discord knows only the last of these: to it, everything is done by the bot.
 */
export function obstacleTo(facts: ActFacts): Refusal | null {
  const { verb, moderator, bot, target, targetId, guildOwnerId, permission } = facts;
  if (targetId === moderator.userId) return refuse('hierarchy.self', { verb });
  if (targetId === bot.userId) return refuse('hierarchy.bot', { verb });
  if (targetId === guildOwnerId) return refuse('hierarchy.guild-owner', { verb });
  if (target === null && facts.needsMember) return refuse('hierarchy.not-a-member', { verb });
  if (target !== null && moderator.userId !== guildOwnerId && !isAbove(moderator.highestRole, target.highestRole)) {
    return refuse('hierarchy.above-you', { verb, role: target.highestRole.name, yours: moderator.highestRole.name });
  }
  if (permission === null) return null;
  const missing = missingPermission(bot.permissions, permission);
  if (missing) return missing;
  if (target === null) return null;
  if (!isAbove(bot.highestRole, target.highestRole)) {
    return refuse('hierarchy.above-me', { verb, role: target.highestRole.name, mine: bot.highestRole.name });
  }
  const isTimeout = permission === PermissionFlagsBits.ModerateMembers;
  const isAdministrator = has(target.permissions, PermissionFlagsBits.Administrator);
  return isTimeout && isAdministrator ? refuse('hierarchy.administrator') : null;
}

/** Names the permission that the bot lacks. @param held the bot's permission bits, in the guild or in a channel. */
export function missingPermission(held: bigint, needed: bigint): Refusal | null {
  if (has(held, needed)) return null;
  const names = new PermissionsBitField(needed).toArray().map(permissionLabel);
  return refuse('hierarchy.permission', { permission: names.join(', ') });
}

/** As Discord's settings call it: `Ban Members`. */
function permissionLabel(name: string): string {
  if (name === 'ModerateMembers') return 'Timeout Members';
  if (name === 'ManageRoles') return 'Manage Roles';
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

/** A request to act on a member, before the facts about it are known. */
export interface ActRequest extends Pick<ActFacts, 'verb' | 'needsMember' | 'permission'> {
  readonly guild: Guild;
  readonly moderator: GuildMember;
  readonly target: User;
}

/** Looks the facts up and judges them. @param member the target in the guild; null when it is not a member. */
export async function checkHierarchy(request: ActRequest, member: GuildMember | null): Promise<Refusal | null> {
  const { guild, moderator, target, verb, needsMember, permission } = request;
  return obstacleTo({
    verb,
    needsMember,
    permission,
    guildOwnerId: guild.ownerId,
    moderator: standingOf(moderator),
    bot: standingOf(await guild.members.fetchMe()),
    targetId: target.id,
    target: member && standingOf(member),
  });
}

function standingOf(member: GuildMember): Standing {
  const { id, name, rawPosition } = member.roles.highest;
  return {
    userId: member.id,
    highestRole: { id, name, position: rawPosition },
    permissions: member.permissions.bitfield,
  };
}
