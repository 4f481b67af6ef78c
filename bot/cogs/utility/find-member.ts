import type { Guild, GuildMember, User } from 'discord.js';
import { isGone } from '../../framework/discord-failure.js';

/** The membership of a user; null for somebody who is not a member, and in a direct message. */
export async function findMember(guild: Guild | null, user: User): Promise<GuildMember | null> {
  if (guild === null) return null;
  try {
    return await guild.members.fetch(user.id);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
