import type { Reminder } from './reminder.js';

/** Discord checks a nonce against "the past few minutes"; two of them are on the safe side. */
const NONCE_MEMORY_MS = 2 * 60 * 1_000;

/**
 * What becomes of a reminder on boot: `scheduled` (due in the future), `late` (within the grace, sent at once),
 * `resent` (it may have gone out; the effect key keeps a second one away), `assumed-sent` (it may have gone out, too
 * long ago for the effect key to help: rather none than two), `dropped` (too late to be of use), `done` (sent).
 */
export type ReminderFate = 'scheduled' | 'late' | 'resent' | 'assumed-sent' | 'dropped' | 'done';

/** @param now wall-clock milliseconds. @param graceMs how late a reminder may be and still be sent. */
export function reminderFate(reminder: Reminder, now: number, graceMs: number): ReminderFate {
  const { state, dueAt, sendingAt } = reminder;
  if (state === 'sent') return 'done';
  if (state === 'sending') {
    const sentAgoMs = sendingAt === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(sendingAt);
    return sentAgoMs <= NONCE_MEMORY_MS ? 'resent' : 'assumed-sent';
  }
  const lateMs = now - Date.parse(dueAt);
  if (lateMs < 0) return 'scheduled';
  return lateMs <= graceMs ? 'late' : 'dropped';
}
