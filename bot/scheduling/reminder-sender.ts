import { type BackoffPolicy, backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import type { Logger } from '../../shared/logging/logger.js';
import { Alarm } from './alarm.js';
import { DueList } from './due-list.js';
import { effectKeyOf } from './job.js';
import type { Reminder } from './reminder.js';
import type { ReminderStore } from './reminder-store.js';
import { settledBefore } from './settle.js';

/** Reminders that are being delivered at the same time: a thousand late ones must not become a thousand requests. */
const CONCURRENCY = 4;
/** Twenty attempts up to a quarter of an hour apart: longer than most outages of Discord. */
const MAX_ATTEMPTS = 20;
const RETRY_BACKOFF: BackoffPolicy = { baseMs: 5_000, maxMs: 15 * 60_000 };
const DELIVERY_TIMEOUT_MS = 30_000;

/** One attempt at a reminder. */
export interface Delivery {
  readonly reminder: Reminder;
  /** The same at every attempt, at most 25 characters: pass it as `nonce` with `enforceNonce: true`. */
  readonly effectKey: string;
  /** Aborts at a shutdown, and when the attempt takes too long. */
  readonly signal: AbortSignal;
}

/**
 * Sends a reminder. Resolves to `undeliverable` when no later attempt can succeed (the channel is gone, the user takes no
 * messages); rejects when it is worth trying again.
 */
export type Deliver = (delivery: Delivery) => Promise<'delivered' | 'undeliverable'>;

export interface ReminderSenderOptions {
  readonly reminders: Pick<ReminderStore, 'get' | 'put'>;
  /** Lets go of a reminder that was sent, or cannot be. Rejects when the disk refuses; it is asked again then. */
  readonly forget: (reminder: Reminder) => Promise<void>;
  /** What the log calls them: in its sentences, and before the colon of its events. */
  readonly wording: { readonly noun: string; readonly event: string };
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: (() => number) | undefined;
  /** For one delivery; then its signal aborts and it counts as failed. Default: 30 s. */
  readonly deliveryTimeoutMs?: number | undefined;
}

/**
 * Sends reminders when they are due, a few at a time, and tries those again that fail. `sending` is on disk before a message
 * goes out. One timer, for the one that is due next.
 */
export class ReminderSender {
  readonly #options: ReminderSenderOptions;
  readonly #due = new DueList();
  /** Sent, but the disk has not been told yet. */
  readonly #delivered = new Set<string>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  #deliver: Deliver | undefined;
  #isStopped = false;

  constructor(options: ReminderSenderOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#pump());
  }

  /** From now on reminders are delivered, overdue ones first. */
  start(deliver: Deliver): void {
    this.#deliver = deliver;
    this.#pump();
  }

  /** Sends it when it is due. Each reminder can be scheduled once. */
  schedule({ id, dueAt }: Reminder): void {
    this.#due.add({ id, at: Date.parse(dueAt) });
    this.#pump();
  }

  /**
   * Keeps a reminder from going out while `write` changes it. Afterwards it is not scheduled any more, unless `write` does so.
   *
   * @returns false, without having written, when it is on its way already.
   * @throws what `write` throws; then it goes out as planned.
   */
  async whileHeld(id: string, write: () => Promise<void>): Promise<boolean> {
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

  /** No delivery begins any more; those under way get until `signal` aborts, then theirs does. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#end();
    await settledBefore(Promise.allSettled(this.#inFlight), signal);
    this.#stopping.abort(signal.reason);
  }

  /** Ends everything at once. */
  dispose(): void {
    this.#end();
    this.#stopping.abort();
  }

  #end(): void {
    this.#isStopped = true;
    this.#alarm.set(undefined);
  }

  /** Begins the deliveries that are due and sets the alarm for the next one. */
  #pump(): void {
    const deliver = this.#deliver;
    if (deliver === undefined || this.#isStopped) return;
    for (let next = this.#due.next; next !== undefined; next = this.#due.next) {
      if (next.at > this.#options.clock.now() || this.#inFlight.size >= CONCURRENCY) break;
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
    const { reminders, clock, forget } = this.#options;
    const reminder = reminders.get(id);
    if (reminder === undefined) return;
    if (!this.#delivered.has(id)) {
      const sendingAt = new Date(clock.now()).toISOString();
      const sending: Reminder = { ...reminder, state: 'sending', sendingAt, attempts: reminder.attempts + 1 };
      await reminders.put(sending);
      const isDone = await this.#attempt(sending, deliver);
      if (!isDone) return;
      this.#delivered.add(id);
    }
    await forget(reminder);
    this.#delivered.delete(id);
  }

  /** @returns whether nothing is left to do but to forget the reminder. */
  async #attempt(sending: Reminder, deliver: Deliver): Promise<boolean> {
    const { reminders, wording, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = this.#options;
    const { event, noun } = wording;
    const { id, attempts } = sending;
    const stopping = this.#stopping.signal;
    const log = this.#options.log.child({ reminder: id, attempt: attempts });
    const deliverOnce = (signal: AbortSignal) => deliver({ reminder: sending, effectKey: effectKeyOf(id), signal });
    try {
      const outcome = await deadline(`delivery of a ${noun}`, deliveryTimeoutMs, deliverOnce, stopping);
      if (outcome === 'delivered') log.info({ event: `${event}:sent` }, `✅ ${noun} sent`);
      else log.warn({ event: `${event}:undeliverable` }, `⚠️ ${noun} dropped: it cannot be delivered`);
      return true;
    } catch (error) {
      if (stopping.aborted) return false; // stays `sending`: the next run sends it again with the same effect key
      if (attempts >= MAX_ATTEMPTS) {
        log.error({ event: `${event}:failed`, err: error }, `❌ ${noun} dropped: every attempt to send it failed`);
        return true;
      }
      await reminders.put({ ...sending, state: 'pending' });
      this.#postpone(id, attempts - 1, error);
      return false;
    }
  }

  #postpone(id: string, failures: number, error: unknown): void {
    const { clock, log, random = Math.random, wording } = this.#options;
    const delayMs = backoffDelay(RETRY_BACKOFF, failures, random);
    const fields = { event: `${wording.event}:retry`, reminder: id, delayMs, err: error };
    log.warn(fields, `⚠️ ${wording.noun} will be tried again`);
    this.#due.add({ id, at: clock.now() + delayMs });
  }
}
