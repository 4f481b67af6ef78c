import { type Guild, PermissionFlagsBits, type Role } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { describeDiscordFailure } from '../../framework/discord-failure.js';
import { findMember } from '../find-member.js';

/** What Discord says of a role that was deleted. */
const UNKNOWN_ROLE = 10_011;

/** What is known about a role that the bot is to give. */
export interface RoleFacts {
  readonly isEveryone: boolean;
  /** It belongs to an integration or to the server's boosts. */
  readonly isManaged: boolean;
  /** The bot has the permission Manage Roles. */
  readonly canManageRoles: boolean;
  /** It stands below the highest role of the bot. */
  readonly isBelowOurs: boolean;
}

/** Why Discord would not let the bot give a role, as the end of "I cannot give it: …"; null: it would. */
export function roleObstacle(facts: RoleFacts): string | null {
  if (facts.isEveryone) return 'everybody has it anyway';
  if (facts.isManaged) return 'it belongs to an integration, and only that can give it';
  if (!facts.canManageRoles) return 'I lack the permission **Manage Roles**';
  if (!facts.isBelowOurs) return 'it is not below my highest role; move mine up, in Server Settings → Roles';
  return null;
}

/** Reads the facts from Discord's cache, so they may be a moment old. */
export function factsOf(role: Role): RoleFacts {
  const { me } = role.guild.members;
  return {
    isEveryone: role.id === role.guild.id,
    isManaged: role.managed,
    canManageRoles: me?.permissions.has(PermissionFlagsBits.ManageRoles) ?? false,
    isBelowOurs: me !== null && me.roles.highest.comparePositionTo(role) > 0,
  };
}

/** What changed about somebody's reward roles. */
export interface RoleChanges {
  readonly given: readonly string[];
  readonly taken: readonly string[];
  /** One sentence for each role that should have been given or taken, and was not. */
  readonly problems: readonly string[];
}

const NOTHING: RoleChanges = { given: [], taken: [], problems: [] };

interface Follow {
  readonly guild: Guild;
  readonly userId: string;
  readonly level: number;
  /** Also takes the roles of levels above: for a level that was changed by hand. */
  readonly mayTake?: boolean;
}

/** The roles that somebody lacks, and those that they should not have. */
export interface RolePlan {
  readonly give: readonly string[];
  readonly take: readonly string[];
}

/**
 * Gives a member all the roles that a level has earned. Whoever is not a member (any more) gets none. A role that cannot
 * be given is logged and told, and does not keep the others from being given; of one that was deleted no level knows any more.
 *
 * @throws what the database throws; Discord's errors only when it does not say whether there is such a member.
 */
export async function followLevel(follow: Follow, services: BotServices): Promise<RoleChanges> {
  return changeRoles(follow, await planRoles(follow, services), services);
}

/** What {@link followLevel} would do. @throws as it does. */
export async function planRoles(
  { guild, userId, level, mayTake = false }: Follow,
  { database }: BotServices,
): Promise<RolePlan> {
  const rewards = await database.levels.listRewards(guild.id);
  const member = rewards.length === 0 ? null : await findMember(guild, userId);
  if (member === null) return { give: [], take: [] };
  const earned = new Set(rewards.filter((reward) => reward.level <= level).map(({ roleId }) => roleId));
  const others = new Set(rewards.map(({ roleId }) => roleId).filter((roleId) => !earned.has(roleId)));
  const has = (roleId: string) => member.roles.cache.has(roleId);
  return { give: [...earned].filter((id) => !has(id)), take: mayTake ? [...others].filter(has) : [] };
}

/** Carries a plan out; to do so a second time changes nothing. @throws as {@link followLevel}. */
export async function changeRoles(
  { guild, userId, level }: Follow,
  { give, take }: RolePlan,
  services: BotServices,
): Promise<RoleChanges> {
  const member = give.length + take.length === 0 ? null : await findMember(guild, userId);
  if (member === null) return NOTHING;
  const given: string[] = [];
  const taken: string[] = [];
  const problems: string[] = [];
  const change = async (roleId: string, done: string[], act: () => Promise<unknown>) => {
    const problem = await tryChange(guild, roleId, act, services);
    if (problem === null) done.push(roleId);
    else problems.push(problem);
  };
  const reason = `Level ${level}`;
  for (const roleId of give) {
    await change(roleId, given, () => member.roles.add(roleId, reason));
  }
  for (const roleId of take) {
    await change(roleId, taken, () => member.roles.remove(roleId, reason));
  }
  return { given, taken, problems };
}

/** @returns what stood in the way; null when it is done. */
async function tryChange(
  guild: Guild,
  roleId: string,
  act: () => Promise<unknown>,
  services: BotServices,
): Promise<string | null> {
  const { log } = services;
  const role = guild.roles.cache.get(roleId);
  const obstacle = role ? roleObstacle(factsOf(role)) : null; // of one that is not there Discord has the last word
  const fields = { event: 'levels:role:failed', guildId: guild.id, roleId };
  if (obstacle !== null) {
    log.warn({ ...fields, obstacle }, '⚠️ a level role could not be changed');
    return `I cannot change <@&${roleId}>: ${obstacle}.`;
  }
  try {
    await act();
    return null;
  } catch (err) {
    if (describeDiscordFailure(err).code === UNKNOWN_ROLE) return forgetRole(guild.id, roleId, services);
    log.warn({ ...fields, err }, '⚠️ a level role could not be changed');
    return `Discord did not let me change <@&${roleId}>.`;
  }
}

/** Otherwise it would be tried again at each level of each member. */
async function forgetRole(guildId: string, roleId: string, { database, log }: BotServices): Promise<string> {
  const fields = { guildId, roleId };
  try {
    const levels = await database.levels.removeRole(guildId, roleId);
    const text = '⚠️ a level role was deleted in Discord, so no level gives it any more';
    if (levels > 0) log.warn({ ...fields, event: 'levels:role:gone', levels }, text);
  } catch (err) {
    const text = '⚠️ a level role was deleted in Discord; the next who reaches its level will try to get it again';
    log.warn({ ...fields, event: 'levels:role:failed', err }, text);
    return `I cannot change <@&${roleId}>: it was deleted.`;
  }
  return `I cannot change <@&${roleId}>: it was deleted. No level gives it any more.`;
}
