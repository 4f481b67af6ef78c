import { monotonicFactory } from 'ulid';
import { type BackoffPolicy, backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { Alarm } from './alarm.js';
import { DueList } from './due-list.js';
import { effectKeyOf } from './job.js';
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
import { ReminderStore } from './reminder-store.js';
import { settledBefore } from './settle.js';

/** Reminders that are being delivered at the same time: a thousand late ones must not become a thousand requests. */
const CONCURRENCY = 4;
/** Twenty attempts up to a quarter of an hour apart: longer than most outages of Discord. */
const MAX_ATTEMPTS = 20;
const RETRY_BACKOFF: BackoffPolicy = { baseMs: 5_000, maxMs: 15 * 60_000 };
const DELIVERY_TIMEOUT_MS = 30_000;

const DAY_MS = 24 * 60 * 60_000;

/**
 * The two stores of reminders: what each is called in the log, and how late its messages may still be of use. A DM may be
 * about something that was put off while Tux was down: it is kept until its cog has had a look at it, before any goes out.
 */
const stores = {
  reminders: { noun: 'reminder', event: 'reminder', graceMs: DAY_MS },
  'dm-scheduled': { noun: 'scheduled DM', event: 'dm', graceMs: 7 * DAY_MS },
} as const;

export interface ReminderServiceOptions {
  /** Whose reminders these are: what users asked for, or messages that a cog wants to have sent later. */
  readonly kind: keyof typeof stores;
  /** `reminders.json` and `reminders.journal`, or `dm-scheduled.json` and its journal. */
  readonly snapshotPath: string;
  readonly journalPath: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
  /** For one delivery; then its signal aborts and it counts as failed. */
  readonly deliveryTimeoutMs?: number;
}

export interface Delivery {
  readonly reminder: Reminder;
  /** The same at every attempt, at most 25 characters: pass it as `nonce` with `enforceNonce: true`. */
  readonly effectKey: string;
  readonly signal: AbortSignal;
}

/**
 * Sends a reminder. Resolves to `undeliverable` when no later attempt can succeed (the channel is gone, the user takes no
 * messages); rejects when it is worth trying again.
 */
export type Deliver = (delivery: Delivery) => Promise<'delivered' | 'undeliverable'>;

/**
 * Durable reminders. Order of use: `open` → `start` (after login) → `stop` → `persist` → `dispose`. One timer, for the one
 * that is due next.
 */
export class ReminderService {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #store: (typeof stores)[keyof typeof stores];
  readonly #random: () => number;
  readonly #deliveryTimeoutMs: number;
  readonly #reminders: ReminderStore;
  readonly #due = new DueList();
  /** Sent, but the disk has not been told yet. */
  readonly #delivered = new Set<string>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  readonly #nextId = monotonicFactory();
  readonly #keys = new ReminderKeys();
  #deliver: Deliver | undefined;
  #isStopped = false;

  constructor(options: ReminderServiceOptions) {
    const { kind, clock, log, random = Math.random, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = options;
    this.#clock = clock;
    this.#log = log;
    this.#store = stores[kind];
    this.#random = random;
    this.#deliveryTimeoutMs = deliveryTimeoutMs;
    this.#reminders = new ReminderStore(options);
    this.#alarm = new Alarm(clock, () => this.#pump());
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
      this.#schedule(reminder);
      this.#keys.restore(reminder);
    }
    this.#log.info({ event: `${event}s:opened`, ...counts }, `✅ ${noun}s opened, ${kept.length} wait`);
    return counts;
  }

  /** From now on reminders are delivered, overdue ones first. Call it after login. */
  start(deliver: Deliver): void {
    this.#deliver = deliver;
    this.#pump();
  }

  /**
   * @returns once the reminder is durable; the earlier one when one with the same dedupeKey is still to come, or when the same
   *   event asked for one within the last day, which may have gone meanwhile.
   * @throws TuxError TUX_CLOSING, TUX_REMINDER_INVALID, TUX_STATE_WRITE.
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
    return this.#whileHeld(id, () => this.#withoutKey(reminder, () => this.#reminders.remove(reminder, eventKey)));
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
    return this.#whileHeld(id, async () => {
      const put = () => this.#reminders.put(changed);
      await (change.dedupeKey === null ? this.#withoutKey(reminder, put) : put());
      this.#schedule(changed);
    });
  }

  /**
   * No delivery begins any more; those under way get until `signal` aborts, then theirs does. One that was cut short stays
   * `sending`: the next run sends it again with the same effect key.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#alarm.set(undefined);
    await settledBefore(Promise.allSettled(this.#inFlight), signal);
    this.#stopping.abort(signal.reason);
  }

  /** Writes the snapshot; nothing to do when nothing changed. @throws TuxError TUX_STATE_WRITE; the journal has it all. */
  persist(): Promise<void> {
    return this.#reminders.snapshot();
  }

  /** Lets go of the files. */
  async dispose(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.set(undefined);
    this.#stopping.abort();
    await this.#reminders.close();
  }

  async #accept(request: ReminderRequest): Promise<Reminder> {
    if (this.#isStopped)
      throw new TuxError('TUX_CLOSING', `Tux is shutting down and takes no new ${this.#store.noun}s`);
    const now = this.#clock.now();
    const reminder = createReminder(request, this.#nextId(now), now);
    await this.#reminders.put(reminder);
    this.#schedule(reminder);
    this.#pump();
    return reminder;
  }

  /** Keeps it from going out while `write` is under way. False when it is on its way already. */
  async #whileHeld(id: string, write: () => Promise<void>): Promise<boolean> {
    const due = this.#due.take(id);
    if (due === undefined) return false;
    try {
      await write();
    } catch (error) {
      this.#due.add(due);
      throw error;
    } finally {
      this.#pump();
    }
    return true;
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

  #schedule({ id, dueAt }: Reminder): void {
    this.#due.add({ id, at: Date.parse(dueAt) });
  }

  /** Begins the deliveries that are due and sets the alarm for the next one. */
  #pump(): void {
    const deliver = this.#deliver;
    if (deliver === undefined || this.#isStopped) return;
    for (let next = this.#due.next; next !== undefined; next = this.#due.next) {
      if (next.at > this.#clock.now() || this.#inFlight.size >= CONCURRENCY) break;
      this.#due.take(next.id);
      this.#launch(next.id, deliver);
    }
    this.#alarm.set(this.#inFlight.size < CONCURRENCY ? this.#due.next?.at : undefined);
  }

  #launch(id: string, deliver: Deliver): void {
    const delivery = this.#send(id, deliver)
      .catch((error: unknown) => this.#postpone(id, 0, error))
      .finally(() => {
        this.#inFlight.delete(delivery);
        this.#pump();
      });
    this.#inFlight.add(delivery);
  }

  /** One attempt. Rejects only when the disk refuses: before the message went out, or after it, which is remembered. */
  async #send(id: string, deliver: Deliver): Promise<void> {
    const reminder = this.#reminders.get(id);
    if (reminder === undefined) return;
    if (!this.#delivered.has(id)) {
      const sendingAt = new Date(this.#clock.now()).toISOString();
      const sending: Reminder = { ...reminder, state: 'sending', sendingAt, attempts: reminder.attempts + 1 };
      await this.#reminders.put(sending);
      const isDone = await this.#attempt(sending, deliver);
      if (!isDone) return;
      this.#delivered.add(id);
    }
    await this.#forget(reminder);
    this.#delivered.delete(id);
  }

  /** @returns whether nothing is left to do but to forget the reminder. */
  async #attempt(sending: Reminder, deliver: Deliver): Promise<boolean> {
    const { id, attempts } = sending;
    const stopping = this.#stopping.signal;
    const { event, noun } = this.#store;
    const log = this.#log.child({ reminder: id, attempt: attempts });
    const deliverOnce = (signal: AbortSignal) => deliver({ reminder: sending, effectKey: effectKeyOf(id), signal });
    try {
      const outcome = await deadline(`delivery of a ${noun}`, this.#deliveryTimeoutMs, deliverOnce, stopping);
      if (outcome === 'delivered') log.info({ event: `${event}:sent` }, `✅ ${noun} sent`);
      else log.warn({ event: `${event}:undeliverable` }, `⚠️ ${noun} dropped: it cannot be delivered`);
      return true;
    } catch (error) {
      if (stopping.aborted) return false; // stays `sending`
      if (attempts >= MAX_ATTEMPTS) {
        log.error({ event: `${event}:failed`, err: error }, `❌ ${noun} dropped: every attempt to send it failed`);
        return true;
      }
      await this.#reminders.put({ ...sending, state: 'pending' });
      this.#postpone(id, attempts - 1, error);
      return false;
    }
  }

  #postpone(id: string, failures: number, error: unknown): void {
    const delayMs = backoffDelay(RETRY_BACKOFF, failures, this.#random);
    const { event, noun } = this.#store;
    this.#log.warn({ event: `${event}:retry`, reminder: id, delayMs, err: error }, `⚠️ ${noun} will be tried again`);
    this.#due.add({ id, at: this.#clock.now() + delayMs });
  }
}
