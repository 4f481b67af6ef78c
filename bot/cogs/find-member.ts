import type { Guild, GuildMember } from 'discord.js';
import { isGone } from '../framework/discord-failure.js';

/**
 * The membership of a user; null for somebody who is not a member, and in a direct message.
 *
 * @param isFresh asks Discord even when the member is remembered, whose roles may have changed a moment ago.
 * @throws what Discord answers when it does not say whether there is such a member.
 */
export async function findMember(guild: Guild | null, userId: string, isFresh = false): Promise<GuildMember | null> {
  if (guild === null) return null;
  try {
    return await guild.members.fetch({ user: userId, force: isFresh });
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
