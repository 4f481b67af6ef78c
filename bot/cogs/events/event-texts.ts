import type { ScheduledEvent } from '../../framework/scheduled-event.js';
import { absoluteTime, relativeTime } from '../../framework/timestamps.js';

/** A reminder comes this long before the event. */
const LEAD_MS = 15 * 60_000;

/** When somebody is to be reminded of an event: now, if it begins sooner than that. Wall-clock milliseconds. */
export function remindAt({ startAt }: Pick<ScheduledEvent, 'startAt'>, now: number): number {
  return Math.max(Date.parse(startAt) - LEAD_MS, now);
}

/** Whether an event has not begun, and its start has not passed. */
export function isAhead({ status, startAt }: Pick<ScheduledEvent, 'status' | 'startAt'>, now: number): boolean {
  return status === 'scheduled' && Date.parse(startAt) > now;
}

/** What a reminder says. It follows from the event alone, so that one which says the same need not be changed. */
export function reminderText(event: ScheduledEvent): string {
  const where = event.place === undefined ? '' : `\n📍 ${event.place}`;
  const startAt = new Date(event.startAt);
  const link = `https://discord.com/events/${event.guildId}/${event.id}`;
  return `⏰ **${event.name}** begins ${relativeTime(startAt)}, ${absoluteTime(startAt)}.${where}\n${link}`;
}

/** What those are told who waited for an event that will not be. */
export function farewellText({ name, startAt }: ScheduledEvent, kind: 'cancelled' | 'ended'): string {
  if (kind === 'cancelled') return `❌ **${name}**, planned for ${absoluteTime(new Date(startAt))}, was cancelled.`;
  return `🏁 **${name}** is over. Sorry that I did not remind you of it in time.`;
}

/** The same about an event of which nothing is left but the reminder. */
export function lostEventText(reminder: string): string {
  const [firstLine = ''] = reminder.split('\n');
  return `❌ That event is cancelled or over: ~~${firstLine}~~`;
}

/** One event in a list. */
export function eventLine({ name, startAt, status, place }: ScheduledEvent): string {
  const at = new Date(startAt);
  const when = status === 'active' ? '**now**' : `${absoluteTime(at)} (${relativeTime(at)})`;
  return `**${name}** · ${when}${place === undefined ? '' : ` · 📍 ${place}`}`;
}
