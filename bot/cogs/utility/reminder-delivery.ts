import type { Clock } from '../../../shared/clock.js';
import { apology, isDelivered } from '../../framework/delivery.js';
import type { Messenger } from '../../framework/messenger.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import type { Deliver } from '../../scheduling/reminders.js';

/**
 * Sends a reminder where it was asked for, and to the user directly when that channel is gone or closed to us. One that
 * comes more than a minute late says so.
 */
export function createReminderDelivery(messenger: Messenger, clock: Pick<Clock, 'now'>): Deliver {
  return async ({ reminder, effectKey }) => {
    const { userId, channelId, content, dueAt } = reminder;
    const text = `⏰ <@${userId}> ${content}${apology(clock.now() - Date.parse(dueAt))}`;
    const message: OutgoingMessage = { content: text, mentionUserIds: [userId] };
    if (channelId !== undefined) {
      const isPosted = await isDelivered(() => messenger.send(channelId, message, effectKey));
      if (isPosted) return 'delivered';
    }
    const isSent = await isDelivered(() => messenger.sendToUser(userId, message, effectKey));
    return isSent ? 'delivered' : 'undeliverable';
  };
}
