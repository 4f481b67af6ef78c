import type { Message } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { commandLineOf } from '../../framework/command-line.js';
import type { EarnedXp } from './earned-xp.js';
import { xpOfMessage } from './message-xp.js';

/**
 * Lets the author of a message earn xp for it. Bots, webhooks, direct messages, commands, and whoever earned within the
 * last minute get nothing. The database is not asked: it has its say when the gain is stored.
 *
 * @returns when the gain is stored: until then the message counts as open, and a worker that takes over is told of it again.
 */
export async function earnFrom(message: Message, earned: EarnedXp, services: BotServices): Promise<void> {
  if (!message.inGuild() || message.author.bot || message.webhookId !== null || message.system) return;
  const { id, guildId, channelId, author, createdAt } = message;
  if (earned.isResting({ guildId, userId: author.id }, createdAt)) return;
  if (await isCommand(message, services)) return;
  const gain = { guildId, channelId, userId: author.id, eventId: id, amount: xpOfMessage(id), at: createdAt };
  if (earned.add(gain)) await earned.whenSettled(gain);
}

/** `$5` is a price, and earns; `$ping` is a command, and our bare mention is one, too. */
async function isCommand(message: Message<true>, { prefixes, commands }: BotServices): Promise<boolean> {
  const line = await commandLineOf(message, prefixes);
  return line !== null && commands.findByLine(line) !== null;
}
