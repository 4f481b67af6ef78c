import { z } from 'zod';
import { TuxError } from '../../shared/errors.js';
import { ulidSchema } from './job.js';

/** One reminder as it stands in `reminders.json` or `dm-scheduled.json` and the journal. Times are ISO-8601 UTC. */
export const reminderSchema = z.object({
  id: ulidSchema,
  userId: z.string().min(1),
  /** Where to send it; without one, to the user. */
  channelId: z.string().min(1).optional(),
  guildId: z.string().min(1).optional(),
  content: z.string(),
  /** A second request with the key of a reminder that is still to come is the same request. */
  dedupeKey: z.string().min(1).optional(),
  /** The event of Discord that asked for it: one that is handled again asks for nothing new, not even a day after it has gone. */
  eventKey: z.string().min(1).optional(),
  dueAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  /** `sending` is written before the message goes out: it may or may not have arrived. */
  state: z.enum(['pending', 'sending', 'sent']),
  /** When `sending` was written last: from then on Discord may know the effect key. */
  sendingAt: z.iso.datetime().optional(),
  /** Deliveries begun. */
  attempts: z.number().int().nonnegative(),
});
/** See {@link reminderSchema}. */
export type Reminder = Readonly<z.infer<typeof reminderSchema>>;

/** What is remembered of a reminder that is gone, so that the events which had to do with it can be handled again. */
export const goneReminderSchema = z.object({
  id: ulidSchema,
  userId: z.string().min(1),
  state: z.literal('gone'),
  /** What asked for it. */
  eventKey: z.string().min(1).optional(),
  /** What cancelled it; without one it was sent, or dropped. */
  cancelledBy: z.string().min(1).optional(),
  dueAt: z.iso.datetime(),
  goneAt: z.iso.datetime(),
});
/** See {@link goneReminderSchema}. */
export type GoneReminder = Readonly<z.infer<typeof goneReminderSchema>>;

/** What a user asks for; `dueAt` is ISO-8601 UTC. */
export type ReminderRequest = Pick<
  Reminder,
  'userId' | 'channelId' | 'guildId' | 'content' | 'dedupeKey' | 'eventKey' | 'dueAt'
>;

/**
 * The pending reminder of a request.
 *
 * @param now wall-clock milliseconds.
 * @throws TuxError TUX_REMINDER_INVALID.
 */
export function createReminder(request: ReminderRequest, id: string, now: number): Reminder {
  const createdAt = new Date(now).toISOString();
  return validated({ ...request, id, createdAt, state: 'pending', attempts: 0 });
}

/** What can become different about a reminder that is still to come; null gives up its key. */
export type ReminderChange = Partial<Pick<Reminder, 'content' | 'dueAt'>> & { readonly dedupeKey?: null };

/** @throws TuxError TUX_REMINDER_INVALID. */
export function changeReminder(reminder: Reminder, { dedupeKey, ...change }: ReminderChange): Reminder {
  return validated({ ...reminder, ...change, ...(dedupeKey === null && { dedupeKey: undefined }) });
}

function validated(reminder: unknown): Reminder {
  const parsed = reminderSchema.safeParse(reminder);
  if (parsed.success) return parsed.data;
  const { error } = parsed;
  throw new TuxError('TUX_REMINDER_INVALID', `The reminder is not valid: ${error.message}`, { cause: error });
}
