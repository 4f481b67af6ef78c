import type { Client, User } from 'discord.js';
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
