import type { Message } from 'discord.js';
import type { PrefixManager } from './prefix-manager.js';

/**
 * What of a message is meant for the bot: what follows the prefix, or its mention (`help` for whoever only calls it). Null
 * when the message does not speak to it.
 */
export async function commandLineOf(
  { id, content, client, guildId }: Pick<Message, 'id' | 'content' | 'client' | 'guildId'>,
  prefixes: Pick<PrefixManager, 'get'>,
): Promise<string | null> {
  const [mention] = new RegExp(`^<@!?${client.user.id}>\\s*`).exec(content) ?? [];
  if (mention !== undefined) return content.slice(mention.length) || 'help';
  const prefix = await prefixes.get(guildId, id);
  return content.startsWith(prefix) ? content.slice(prefix.length) : null;
}
