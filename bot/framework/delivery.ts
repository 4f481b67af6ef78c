import type { Clock } from '../../shared/clock.js';
import type { Deliver } from '../scheduling/reminder-sender.js';
import { isForbidden, isGone } from './discord-failure.js';
import { formatDuration } from './duration.js';
import type { Messenger } from './messenger.js';

const MINUTE_MS = 60_000;

/** Sends a scheduled DM. One that comes more than a minute late says so. */
export function createDmDelivery(messenger: Pick<Messenger, 'sendToUser'>, clock: Pick<Clock, 'now'>): Deliver {
  return async ({ reminder: { userId, content, dueAt }, effectKey }) => {
    const text = `${content}${apology(clock.now() - Date.parse(dueAt))}`;
    const isSent = await isDelivered(() => messenger.sendToUser(userId, { content: text }, effectKey));
    return isSent ? 'delivered' : 'undeliverable';
  };
}

/** To the minute; empty for what is on time. */
export function apology(lateMs: number): string {
  if (lateMs <= MINUTE_MS) return '';
  return `\n-# Sorry, this is ${formatDuration(lateMs - (lateMs % MINUTE_MS))} late.`;
}

/** False when no later attempt can do better; other failures reject, and it is worth trying again. */
export async function isDelivered(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (isGone(error) || isForbidden(error)) return false;
    throw error;
  }
}
