import { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import { DurableCollection, type DurableCollectionOptions } from './durable-collection.js';
import { type GoneReminder, goneReminderSchema, type Reminder, reminderSchema } from './reminder.js';

/** How long the events that had to do with a reminder are known after it has gone, and how many reminders at most. */
const GONE_MEMORY_MS = 24 * 60 * 60 * 1_000;
const MAX_GONE = 10_000;

export interface ReminderStoreOptions
  extends Omit<DurableCollectionOptions<Reminder | GoneReminder>, 'schema' | 'schemaVersion'> {
  readonly clock: Clock;
}

/**
 * All reminders in memory and on disk, found by id and by the events that asked for or cancelled them. A change is durable when
 * its promise resolves.
 */
export class ReminderStore {
  readonly #clock: Clock;
  readonly #records: DurableCollection<Reminder | GoneReminder>;
  /** Event → id of the reminder that it asked for or cancelled. */
  readonly #byEvent = new Map<string, string>();
  /** Ids of those that are only remembered, the oldest first. */
  readonly #gone = new Set<string>();

  constructor(options: ReminderStoreOptions) {
    this.#clock = options.clock;
    const schema = z.discriminatedUnion('state', [reminderSchema, goneReminderSchema]);
    this.#records = new DurableCollection({ ...options, schemaVersion: 1, schema });
  }

  /** Reminders that are still to come. */
  get size(): number {
    return this.#records.size - this.#gone.size;
  }

  /** @returns the reminders as they were left. @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74). */
  async load(): Promise<Reminder[]> {
    await this.#records.load();
    for (const record of this.#records.values()) this.#index(record);
    return this.list();
  }

  /** Keeps these and lets go of all others, at once. @throws TuxError TUX_STATE_WRITE */
  async keepOnly(kept: readonly Reminder[]): Promise<void> {
    const ids = new Set(kept.map(({ id }) => id));
    const dropped = this.list().filter(({ id }) => !ids.has(id));
    const gone = [...this.#records.values()].filter((record) => record.state === 'gone' && !this.#isForgotten(record));
    const nowGone = dropped.filter(({ eventKey }) => eventKey !== undefined).map((one) => this.#asGone(one));
    const records = [...gone, ...nowGone, ...kept];
    await this.#records.replaceAll(records);
    this.#byEvent.clear();
    this.#gone.clear();
    for (const record of records) this.#index(record);
  }

  get(id: string): Reminder | undefined {
    const record = this.#records.get(id);
    return record?.state === 'gone' ? undefined : record;
  }

  /** Those that are still to come, in the order in which they were made. */
  list(): Reminder[] {
    return Array.from(this.#records.values()).filter((record) => record.state !== 'gone');
  }

  /** The reminder that an event asked for or cancelled, also when it has gone within the last day. */
  findByEvent(eventKey: string): Reminder | GoneReminder | undefined {
    const record = this.#records.get(this.#byEvent.get(eventKey) ?? '');
    return record?.state === 'gone' && this.#isForgotten(record) ? undefined : record;
  }

  /** Adds or replaces a reminder. @throws TuxError TUX_STATE_WRITE; nothing has changed then. */
  async put(reminder: Reminder): Promise<void> {
    await this.#records.put(reminder);
    this.#index(reminder);
  }

  /** @param cancelledBy the event that wanted it away. @throws TuxError TUX_STATE_WRITE; it is still there then. */
  async remove(reminder: Reminder, cancelledBy?: string): Promise<void> {
    if (reminder.eventKey === undefined && cancelledBy === undefined) return this.#records.delete(reminder.id);
    // One record in place of the other: there is no instant at which neither the reminder nor the memory of it is on disk.
    const gone = this.#asGone(reminder, cancelledBy);
    await this.#records.put(gone);
    this.#index(gone);
  }

  /** Folds the journal into the snapshot. @throws TuxError TUX_STATE_WRITE. */
  snapshot(): Promise<void> {
    return this.#records.snapshot();
  }

  close(): Promise<void> {
    return this.#records.close();
  }

  #asGone({ id, userId, eventKey, dueAt }: Reminder, cancelledBy?: string): GoneReminder {
    const goneAt = new Date(this.#clock.now()).toISOString();
    return {
      id,
      userId,
      state: 'gone',
      dueAt,
      goneAt,
      ...(eventKey && { eventKey }),
      ...(cancelledBy && { cancelledBy }),
    };
  }

  #index(record: Reminder | GoneReminder): void {
    for (const key of eventsOf(record)) this.#byEvent.set(key, record.id);
    if (record.state === 'gone') this.#keep(record.id);
  }

  /** Bounds what is kept of the past: drops the oldest, and those whose time is over. */
  #keep(id: string): void {
    this.#gone.add(id);
    for (const oldestId of this.#gone) {
      const oldest = this.#records.get(oldestId);
      if (oldest?.state === 'gone' && this.#gone.size <= MAX_GONE && !this.#isForgotten(oldest)) return;
      this.#gone.delete(oldestId);
      if (oldest) for (const key of eventsOf(oldest)) this.#byEvent.delete(key);
      this.#records.forget(oldestId);
    }
  }

  #isForgotten({ goneAt }: GoneReminder): boolean {
    return this.#clock.now() - Date.parse(goneAt) > GONE_MEMORY_MS;
  }
}

function eventsOf(record: Reminder | GoneReminder): string[] {
  const cancelledBy = record.state === 'gone' ? record.cancelledBy : undefined;
  return [record.eventKey, cancelledBy].filter((key) => key !== undefined);
}
