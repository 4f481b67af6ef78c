import type { Guild } from 'discord.js';
import type { CommandContext } from '../framework/command-context.js';
import { findMember } from './find-member.js';

/**
 * Whether somebody stands above whoever uses a command: owns the server, or has a higher role. Equals are colleagues. Nobody stands
 * above oneself, above the owners, or is above anybody once they have left.
 *
 * @throws what Discord answers when it does not say whether there is such a member.
 */
export async function standsAbove(ctx: CommandContext, guild: Guild, userId: string): Promise<boolean> {
  const { actor, services, user } = ctx;
  if (userId === user.id || services.permissions.authorityOf(actor) !== null) return false;
  if (userId === guild.ownerId) return true;
  const own = ctx.member ?? (await guild.members.fetch(user.id));
  const other = await findMember(guild, userId, true);
  return other !== null && other.roles.highest.comparePositionTo(own.roles.highest) > 0;
}
