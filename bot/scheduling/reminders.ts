import { monotonicFactory } from 'ulid';
import type { Clock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import {
  changeReminder,
  createReminder,
  type GoneReminder,
  type Reminder,
  type ReminderChange,
  type ReminderRequest,
} from './reminder.js';
import { ReminderKeys } from './reminder-keys.js';
import { type ReminderFate, reminderFate } from './reminder-policy.js';
import { type Deliver, ReminderSender, type ReminderSenderOptions } from './reminder-sender.js';
import { ReminderStore } from './reminder-store.js';

const DAY_MS = 24 * 60 * 60_000;

/**
 * The two stores of reminders: what each is called in the log, and how late its messages may still be of use. A DM may be
 * about something that was put off while Tux was down: it is kept until its cog has had a look at it, before any goes out.
 */
const stores = {
  reminders: { noun: 'reminder', event: 'reminder', graceMs: DAY_MS },
  'dm-scheduled': { noun: 'scheduled DM', event: 'dm', graceMs: 7 * DAY_MS },
} as const;

export interface ReminderServiceOptions
  extends Pick<ReminderSenderOptions, 'clock' | 'log' | 'random' | 'deliveryTimeoutMs'> {
  /** Whose reminders these are: what users asked for, or messages that a cog wants to have sent later. */
  readonly kind: keyof typeof stores;
  /** `reminders.json` and `reminders.journal`, or `dm-scheduled.json` and its journal. */
  readonly snapshotPath: string;
  readonly journalPath: string;
  readonly runId: string;
}

/** Durable reminders. Order of use: `open` → `start` (after login) → `stop` → `persist` → `dispose`. They are taken from `open` to `dispose`. */
export class ReminderService {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #store: (typeof stores)[keyof typeof stores];
  readonly #reminders: ReminderStore;
  readonly #sender: ReminderSender;
  readonly #nextId = monotonicFactory();
  readonly #keys = new ReminderKeys();
  #isDisposed = false;

  constructor(options: ReminderServiceOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#store = stores[options.kind];
    this.#reminders = new ReminderStore(options);
    this.#sender = new ReminderSender({
      ...options,
      reminders: this.#reminders,
      forget: (reminder) => this.#forget(reminder),
      wording: this.#store,
    });
  }

  /** Reminders that wait or are being delivered. */
  get size(): number {
    return this.#reminders.size;
  }

  /**
   * Loads the reminders, decides what becomes of each, and makes that durable.
   *
   * @returns how many met which fate.
   * @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74).
   */
  async open(): Promise<Partial<Record<ReminderFate, number>>> {
    const left = await this.#reminders.load();
    const now = this.#clock.now();
    const { event, noun, graceMs } = this.#store;
    const counts: Partial<Record<ReminderFate, number>> = {};
    const kept: Reminder[] = [];
    for (const reminder of left) {
      const fate = reminderFate(reminder, now, graceMs);
      counts[fate] = (counts[fate] ?? 0) + 1;
      if (fate === 'scheduled' || fate === 'late' || fate === 'resent') kept.push(reminder);
      else this.#log.warn({ event: `${event}:dropped`, reminder: reminder.id, fate }, `⚠️ ${noun} not sent: ${fate}`);
    }
    await this.#reminders.keepOnly(kept);
    for (const reminder of kept) {
      this.#sender.schedule(reminder);
      this.#keys.restore(reminder);
    }
    this.#log.info({ event: `${event}s:opened`, ...counts }, `✅ ${noun}s opened, ${kept.length} wait`);
    return counts;
  }

  /** From now on reminders are delivered, overdue ones first. Call it after login. */
  start(deliver: Deliver): void {
    this.#sender.start(deliver);
  }

  /**
   * @returns once the reminder is durable; the earlier one when one with the same dedupeKey is still to come, or when the same
   *   event asked for one within the last day, which may have gone meanwhile.
   * @throws TuxError TUX_CLOSING once disposed, TUX_REMINDER_INVALID, TUX_STATE_WRITE.
   */
  async create(request: ReminderRequest): Promise<Reminder | GoneReminder> {
    const { dedupeKey, eventKey } = request;
    const earlier = eventKey === undefined ? undefined : this.findByEvent(eventKey);
    if (earlier) return earlier;
    return dedupeKey === undefined ? this.#accept(request) : this.#keys.claim(dedupeKey, () => this.#accept(request));
  }

  /** The reminders of a user that are still to come, next one first. */
  list(userId: string): Reminder[] {
    const own = this.listAll().filter((reminder) => reminder.userId === userId);
    return own.sort((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt));
  }

  /** The reminders of everybody that are still to come, in the order in which they were made. */
  listAll(): Reminder[] {
    return this.#reminders.list();
  }

  /** The reminder that an event asked for or cancelled, also when it has gone within the last day. */
  findByEvent(eventKey: string): Reminder | GoneReminder | undefined {
    return this.#reminders.findByEvent(eventKey);
  }

  /**
   * From now on its key is free: whoever asks with it again gets a reminder of its own.
   *
   * @param eventKey the event that wants it: handled again, it has cancelled it.
   * @returns false when the user has no such reminder, or it is going out at this moment.
   * @throws TuxError TUX_STATE_WRITE; it is still there then.
   */
  async cancel(id: string, userId: string, eventKey?: string): Promise<boolean> {
    const earlier = eventKey === undefined ? undefined : this.findByEvent(eventKey);
    if (earlier?.id === id && earlier.state === 'gone') return true;
    const reminder = this.#reminders.get(id);
    if (reminder?.userId !== userId) return false;
    return this.#sender.whileHeld(id, () =>
      this.#withoutKey(reminder, () => this.#reminders.remove(reminder, eventKey)),
    );
  }

  /**
   * Says something else, or at another time. One step: a crash leaves the old reminder or the new one.
   *
   * @returns false as {@link cancel}, and for one that may have gone out before a crash.
   * @throws TuxError TUX_REMINDER_INVALID, TUX_STATE_WRITE; it is as it was then.
   */
  async change(id: string, userId: string, change: ReminderChange): Promise<boolean> {
    const reminder = this.#reminders.get(id);
    if (reminder?.userId !== userId || reminder.state !== 'pending') return false;
    const changed = changeReminder(reminder, change);
    return this.#sender.whileHeld(id, async () => {
      const put = () => this.#reminders.put(changed);
      await (change.dedupeKey === null ? this.#withoutKey(reminder, put) : put());
      this.#sender.schedule(changed);
    });
  }

  /**
   * No delivery begins any more; those under way get until `signal` aborts, then theirs does. One that was cut short stays
   * `sending`: the next run sends it again with the same effect key. Reminders are still taken, for the next run: a command that was
   * let finish may ask for one.
   */
  stop(signal: AbortSignal): Promise<void> {
    return this.#sender.stop(signal);
  }

  /** Writes the snapshot; nothing to do when nothing changed. @throws TuxError TUX_STATE_WRITE; the journal has it all. */
  persist(): Promise<void> {
    return this.#reminders.snapshot();
  }

  /** Lets go of the files. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#sender.dispose();
    await this.#reminders.close();
  }

  async #accept(request: ReminderRequest): Promise<Reminder> {
    if (this.#isDisposed) {
      throw new TuxError('TUX_CLOSING', `Tux is shutting down and takes no new ${this.#store.noun}s`);
    }
    const now = this.#clock.now();
    const reminder = createReminder(request, this.#nextId(now), now);
    await this.#reminders.put(reminder);
    this.#sender.schedule(reminder);
    return reminder;
  }

  /** Its key is free before `write` begins: who asks with it meanwhile must not get the reminder that is about to go. */
  async #withoutKey(reminder: Reminder, write: () => Promise<void>): Promise<void> {
    this.#keys.release(reminder);
    try {
      await write();
    } catch (error) {
      this.#keys.restore(reminder);
      throw error;
    }
  }

  /** The reminder is gone, and so is its claim to its key. */
  async #forget(reminder: Reminder): Promise<void> {
    await this.#reminders.remove(reminder);
    this.#keys.release(reminder);
  }
}
