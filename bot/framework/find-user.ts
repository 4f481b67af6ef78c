import type { Client, Guild, GuildMember, User } from 'discord.js';
import { isGone } from './discord-failure.js';

/** Discord takes a larger number for a malformed request, and not for somebody it does not know. */
const MAX_ID = 2n ** 63n - 1n;

/** A user by id, wherever they are; null when there is no such user. @param id digits. */
export async function findUser({ users }: Client, id: string): Promise<User | null> {
  if (BigInt(id) > MAX_ID) return null;
  try {
    return await users.fetch(id);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Discord's search gives names that only begin like it, too; the exact one is among the first. */
const SEARCHED_MEMBERS = 100;
const MAX_NAME_LENGTH = 32;

/**
 * The member of a guild who goes by `name` (with or without @, in any case): by the username, which is one person's alone,
 * else by a nickname or display name if only one member has it. Null when nobody does, or several do.
 */
export async function findMemberNamed(guild: Guild, name: string): Promise<User | null> {
  const wanted = name.replace(/^@/, '').toLowerCase();
  if (wanted === '' || wanted.length > MAX_NAME_LENGTH) return null;
  const found = [...(await guild.members.search({ query: wanted, limit: SEARCHED_MEMBERS, cache: false })).values()];
  const goesBy = (pick: (member: GuildMember) => string) => found.filter((one) => pick(one).toLowerCase() === wanted);
  const [owner] = goesBy(({ user }) => user.username);
  const [displayed, another] = goesBy(({ displayName }) => displayName);
  return owner?.user ?? (another === undefined ? displayed?.user : undefined) ?? null;
}
