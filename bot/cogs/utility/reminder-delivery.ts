import type { Clock } from '../../../shared/clock.js';
import { isForbidden, isGone } from '../../framework/discord-failure.js';
import { formatDuration } from '../../framework/duration.js';
import type { Messenger } from '../../framework/messenger.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import type { Deliver } from '../../scheduling/reminders.js';

const MINUTE_MS = 60_000;

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
      const isPosted = await succeeds(() => messenger.send(channelId, message, effectKey));
      if (isPosted) return 'delivered';
    }
    const isSent = await succeeds(() => messenger.sendToUser(userId, message, effectKey));
    return isSent ? 'delivered' : 'undeliverable';
  };
}

/** To the minute; empty for what is on time. */
function apology(lateMs: number): string {
  if (lateMs <= MINUTE_MS) return '';
  return `\n-# Sorry, this is ${formatDuration(lateMs - (lateMs % MINUTE_MS))} late.`;
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
