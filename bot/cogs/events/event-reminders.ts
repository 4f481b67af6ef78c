import type { BotServices } from '../../framework/bot-services.js';
import { perRun } from '../../framework/per-run.js';
import type { EventChange, ScheduledEvent } from '../../framework/scheduled-event.js';
import { SerialQueue } from '../../framework/serial-queue.js';
import type { Reminder } from '../../scheduling/reminder.js';
import { farewellText, isAhead, lostEventText, remindAt, reminderText } from './event-texts.js';

/** Before the ids of the event and the user. */
const KEY_PREFIX = 'event:';

/** What a press did. */
export type PressOutcome =
  | { readonly kind: 'on'; readonly event: ScheduledEvent; readonly dueAt: string }
  | { readonly kind: 'off' | 'under-way'; readonly event: ScheduledEvent }
  /** The reminder is going out at this moment. */
  | { readonly kind: 'leaving'; readonly event: ScheduledEvent }
  /** Cancelled, or over. */
  | { readonly kind: 'gone' };

/**
 * Who wants to be reminded of which event: scheduled DMs, recognised by their key. What follows from a change of an event is
 * one change of each DM, so that it happens once however often the change is told.
 */
export class EventReminders {
  readonly #services: Pick<BotServices, 'scheduledDms' | 'events' | 'clock'>;
  /** A press must see what the press or the change before it did. */
  readonly #work = new SerialQueue();

  constructor(services: Pick<BotServices, 'scheduledDms' | 'events' | 'clock'>) {
    this.#services = services;
  }

  /** Wants a reminder, or none any more. @param pressId the same when the same press is handled again. */
  press(pressId: string, eventId: string, userId: string): Promise<PressOutcome> {
    return this.#work.run(() => this.#toggle(pressId, eventId, userId));
  }

  /** Has the DMs follow an event. May be called again. @throws TuxError TUX_STATE_WRITE */
  follow(change: EventChange): Promise<void> {
    if (change.kind === 'created') return Promise.resolve();
    return this.#work.run(async () => {
      for (const dm of this.#dmsOf(change.event.id)) await this.#follow(dm, change);
    });
  }

  /** Compares the DMs about a guild with its events, for what changed without anybody noting it. */
  catchUp(guildId: string): Promise<void> {
    return this.#work.run(async () => {
      for (const dm of this.#services.scheduledDms.listAll()) {
        const eventId = eventIdOf(dm);
        if (eventId === null || dm.guildId !== guildId) continue;
        const event = this.#services.events.get(eventId);
        await (event ? this.#adjust(dm, event) : this.#part(dm, lostEventText(dm.content)));
      }
    });
  }

  async #toggle(pressId: string, eventId: string, userId: string): Promise<PressOutcome> {
    const { scheduledDms, events, clock } = this.#services;
    const event = events.get(eventId);
    if (!event) return { kind: 'gone' };
    const earlier = scheduledDms.findByEvent(pressId);
    if (earlier)
      return earlier.eventKey === pressId ? { kind: 'on', event, dueAt: earlier.dueAt } : { kind: 'off', event };
    const dm = this.#dmsOf(eventId).find((one) => one.userId === userId);
    if (dm) return { kind: (await scheduledDms.cancel(dm.id, userId, pressId)) ? 'off' : 'leaving', event };
    if (!isAhead(event, clock.now())) return { kind: 'under-way', event };
    const { dueAt } = await scheduledDms.create({
      userId,
      guildId: event.guildId,
      content: reminderText(event),
      dedupeKey: `${KEY_PREFIX}${eventId}:${userId}`,
      eventKey: pressId,
      dueAt: new Date(remindAt(event, clock.now())).toISOString(),
    });
    return { kind: 'on', event, dueAt };
  }

  async #follow(dm: Reminder, { kind, event }: EventChange): Promise<void> {
    if (kind === 'lost') await this.#services.scheduledDms.cancel(dm.id, dm.userId);
    else if (kind === 'cancelled' || kind === 'ended') await this.#part(dm, farewellText(event, kind));
    else await this.#adjust(dm, event);
  }

  async #adjust({ id, userId, content }: Reminder, event: ScheduledEvent): Promise<void> {
    const { scheduledDms, clock } = this.#services;
    if (content === reminderText(event)) return;
    const dueAt = new Date(remindAt(event, clock.now())).toISOString();
    await scheduledDms.change(id, userId, { content: reminderText(event), dueAt });
  }

  /** The reminder becomes the farewell: without its key nobody takes it for a reminder of the event again. */
  async #part({ id, userId }: Reminder, content: string): Promise<void> {
    const { scheduledDms, clock } = this.#services;
    const dueAt = new Date(clock.now()).toISOString();
    await scheduledDms.change(id, userId, { content, dueAt, dedupeKey: null });
  }

  #dmsOf(eventId: string): Reminder[] {
    return this.#services.scheduledDms.listAll().filter((dm) => eventIdOf(dm) === eventId);
  }
}

/** The event that a DM is a reminder of; null for any other DM. */
function eventIdOf({ dedupeKey = '' }: Reminder): string | null {
  if (!dedupeKey.startsWith(KEY_PREFIX)) return null;
  return dedupeKey.slice(KEY_PREFIX.length).split(':')[0] ?? null;
}

/** The reminders as this run of the bot knows them. */
export const eventRemindersOf = perRun((services) => new EventReminders(services));
