import { PermissionFlagsBits } from 'discord-api-types/v10';
import { DiscordError } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { channelPermissionsOf, highestRole, isRoleAbove, permissionsOf } from '../world/permissions.js';
import type { ChannelRecord, GuildRecord } from '../world/records.js';
import type { World } from '../world/world.js';

/** Whether the bot may do what it asks for, by Discord's rules. A channel of direct messages has none. */

const missingPermissions = () => new DiscordError(403, 50013, 'Missing Permissions');
const missingAccess = () => new DiscordError(403, 50001, 'Missing Access');

/** @throws DiscordError 50013 */
export function requirePermission(world: World, guild: GuildRecord, permission: bigint): void {
  const bits = BigInt(permissionsOf(guild, SANDBOX_IDS.bot, world.clock.now()));
  if ((bits & permission) !== permission) throw missingPermissions();
}

/** @throws DiscordError 50001 for a channel that the bot does not see, 50013 */
export function requireChannelPermission(world: World, channel: ChannelRecord, permission: bigint): void {
  if (channel.guildId === null) return;
  const bits = channelPermissionsOf(world.guild(channel.guildId), channel, SANDBOX_IDS.bot, world.clock.now());
  if ((bits & PermissionFlagsBits.ViewChannel) === 0n) throw missingAccess();
  if ((bits & permission) !== permission) throw missingPermissions();
}

/** The guild's owner is above everybody. @throws DiscordError 50013 unless the bot stands above the person. */
export function requireAbove(guild: GuildRecord, userId: string): void {
  const own = highestRole(guild, SANDBOX_IDS.bot);
  const theirs = highestRole(guild, userId);
  if (guild.ownerId === userId || !own || !theirs || !isRoleAbove(own, theirs)) throw missingPermissions();
}

/** @throws DiscordError 50013 unless the bot stands above the role. */
export function requireAboveRole(world: World, guild: GuildRecord, roleId: string): void {
  const own = highestRole(guild, SANDBOX_IDS.bot);
  if (!own || !isRoleAbove(own, world.roles.get(guild.id, roleId))) throw missingPermissions();
}

/** Nobody who is an administrator can be timed out. @throws DiscordError 50013 */
export function requireNoAdministrator(world: World, guild: GuildRecord, userId: string): void {
  const bits = BigInt(permissionsOf(guild, userId, world.clock.now()));
  if ((bits & PermissionFlagsBits.Administrator) !== 0n) throw missingPermissions();
}

/** @throws DiscordError 50278 for somebody who shares no guild with the bot, 50007 for somebody who blocks it. */
export function requireReachable(world: World, userId: string): void {
  if (!world.guilds().some(({ members }) => userId in members)) {
    throw new DiscordError(403, 50278, 'Cannot send messages to this user due to having no mutual guilds');
  }
  if (world.user(userId).blocksBot) throw new DiscordError(403, 50007, 'Cannot send messages to this user');
}
