import type { BotServices, GuildsPort } from '../../framework/bot-services.js';
import { apology, isDelivered } from '../../framework/delivery.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import type { Deliver } from '../../scheduling/reminder-sender.js';
import { findMember } from '../find-member.js';

/**
 * Sends a reminder where it was asked for, and to the user directly when that channel is gone or closed to us, or when they
 * are no member there any more: who was banned shall not speak through us. One that comes more than a minute late says so.
 */
export function createReminderDelivery(services: Pick<BotServices, 'messenger' | 'clock' | 'guilds'>): Deliver {
  const { messenger, clock, guilds } = services;
  return async ({ reminder, effectKey }) => {
    const { userId, guildId, channelId, content, dueAt } = reminder;
    const text = `⏰ <@${userId}> ${content}${apology(clock.now() - Date.parse(dueAt))}`;
    const message: OutgoingMessage = { content: text, mentionUserIds: [userId] };
    if (channelId !== undefined && (await isStillThere(guilds, guildId, userId))) {
      const isPosted = await isDelivered(() => messenger.send(channelId, message, effectKey));
      if (isPosted) return 'delivered';
    }
    const isSent = await isDelivered(() => messenger.sendToUser(userId, message, effectKey));
    return isSent ? 'delivered' : 'undeliverable';
  };
}

/** True in a direct message, and where we cannot look: the channel then says for itself that it is gone. */
async function isStillThere(guilds: GuildsPort, guildId: string | undefined, userId: string): Promise<boolean> {
  const guild = guildId === undefined ? undefined : guilds.get(guildId);
  return guild === undefined || (await findMember(guild, userId)) !== null;
}
