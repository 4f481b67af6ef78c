import { isForbidden, isGone } from '../../framework/discord-failure.js';
import type { Messenger } from '../../framework/messenger.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import type { Deliver } from '../../scheduling/reminders.js';

/** Sends a reminder where it was asked for, and to the user directly when that channel is gone or closed to us. */
export function createReminderDelivery(messenger: Messenger): Deliver {
  return async ({ reminder, effectKey }) => {
    const { userId, channelId, content } = reminder;
    const message: OutgoingMessage = { content: `⏰ <@${userId}> ${content}`, mentionUserIds: [userId] };
    if (channelId !== undefined) {
      const isPosted = await succeeds(() => messenger.send(channelId, message, effectKey));
      if (isPosted) return 'delivered';
    }
    const isSent = await succeeds(() => messenger.sendToUser(userId, message, effectKey));
    return isSent ? 'delivered' : 'undeliverable';
  };
}

/** False when no later attempt can do better; other failures reject, and the reminder is tried again. */
async function succeeds(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (isGone(error) || isForbidden(error)) return false;
    throw error;
  }
}
