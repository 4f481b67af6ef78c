import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { LazyStateFile } from './lazy-state-file.js';
import {
  diffEvents,
  type EventChange,
  type ScheduledEvent,
  type SeenEvent,
  scheduledEventSchema,
} from './scheduled-event.js';
import { SerialQueue } from './serial-queue.js';

/** Who has to do with scheduled events. It is told one thing after the other. */
export interface EventListener {
  /** It may be told again after a crash, and must take effect once. */
  changed(change: EventChange): Promise<void> | void;
  /**
   * The cache has all events of this guild, and every change was told that can be known. Changes that no run has noted, since
   * one was killed or the file was lost, show only in comparison with what the listener itself remembers.
   */
  refreshed(guildId: string): Promise<void> | void;
}

export interface EventCacheOptions {
  /** `event-cache.json`. */
  readonly path: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The scheduled events of all guilds, in memory and in a file, so that a new run can tell what changed while there was none.
 * A change is written only after every listener has dealt with it: what a crash cuts short is told again.
 */
export class EventCache {
  readonly #file: LazyStateFile<ScheduledEvent>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events = new Map<string, ScheduledEvent>();
  readonly #listeners = new Set<EventListener>();
  /** Guilds whose events Discord has told since the start. */
  readonly #refreshed = new Set<string>();
  readonly #work = new SerialQueue();
  #isFresh = false;

  constructor(options: EventCacheOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#file = new LazyStateFile({
      ...options,
      kind: 'event-cache',
      schema: scheduledEventSchema,
      records: () => [...this.#events.values()],
      // After the listeners: what is being dealt with at the moment is not written yet.
      inTurn: (save) => this.#work.run(save),
    });
  }

  /** Whether Discord has been looked at since the start. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  /** Reads the file. To be called before login. @throws TuxError as {@link StateFile.load}. */
  async open(): Promise<void> {
    for (const event of await this.#file.load()) this.#events.set(event.id, event);
  }

  get(id: string): ScheduledEvent | undefined {
    return this.#events.get(id);
  }

  /** The events of a guild that are still to come or under way, the earliest first. */
  list(guildId: string): ScheduledEvent[] {
    const own = [...this.#events.values()].filter((event) => event.guildId === guildId);
    return own.sort((a, b) => Date.parse(a.startAt) - Date.parse(b.startAt) || (a.id < b.id ? -1 : 1));
  }

  /** Who comes late is told which guilds are known already. @returns what ends it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    for (const guildId of this.#refreshed) void this.#work.run(() => this.#tellRefreshed(listener, guildId));
    return () => void this.#listeners.delete(listener);
  }

  /** An event as Discord shows it now. Resolves when all who listen have dealt with it; so do the other ways to change. */
  async put(event: SeenEvent): Promise<void> {
    await this.#apply(() => diffEvents(this.#known(event.id), [event], this.#clock.now()));
  }

  /** Discord has deleted an event. */
  async remove(id: string): Promise<void> {
    await this.#apply(() => diffEvents(this.#known(id), [], this.#clock.now()));
  }

  /** All events of one guild. */
  refresh(guildId: string, events: readonly SeenEvent[]): Promise<readonly EventChange[]> {
    return this.#apply(
      () => diffEvents(this.list(guildId), events, this.#clock.now()),
      async () => {
        this.#refreshed.add(guildId);
        for (const listener of this.#listeners) await this.#tellRefreshed(listener, guildId);
      },
    );
  }

  /**
   * All events of all guilds that we are in, by guild; null for a guild of which Discord tells nothing at the moment: its
   * events stay as they are.
   */
  async refreshAll(eventsByGuild: ReadonlyMap<string, readonly SeenEvent[] | null>): Promise<void> {
    const known = new Set([...this.#events.values()].map(({ guildId }) => guildId));
    // All get in line at once: what happens from now on is newer than this look, and must not be dealt with before it.
    const lost = [...known]
      .filter((guildId) => !eventsByGuild.has(guildId))
      .map((guildId) => this.forgetGuild(guildId));
    const refreshed = Array.from(eventsByGuild, ([guildId, events]) =>
      events === null ? [] : this.refresh(guildId, events),
    );
    this.#isFresh = true;
    await Promise.all(lost);
    const counts: Partial<Record<EventChange['kind'], number>> = {};
    for (const { kind } of (await Promise.all(refreshed)).flat()) counts[kind] = (counts[kind] ?? 0) + 1;
    const fields = { event: 'event-cache:refreshed', events: this.#events.size, ...counts };
    this.#log.info(fields, `✅ ${this.#events.size} scheduled events known`);
  }

  /** We are not in this guild any more. */
  async forgetGuild(guildId: string): Promise<void> {
    this.#refreshed.delete(guildId);
    await this.#apply(() => this.list(guildId).map((event) => ({ kind: 'lost', event })));
  }

  /** Writes what has changed; without a change it writes nothing. @throws TuxError TUX_STATE_WRITE */
  persist(): Promise<void> {
    return this.#file.persist();
  }

  /** Nothing is written any more. */
  dispose(): void {
    this.#file.dispose();
  }

  #known(id: string): ScheduledEvent[] {
    const event = this.#events.get(id);
    return event ? [event] : [];
  }

  #apply(
    changesNow: () => readonly EventChange[],
    afterwards: () => Promise<void> = async () => {},
  ): Promise<readonly EventChange[]> {
    return this.#work.run(async () => {
      const changes = changesNow();
      for (const change of changes) {
        if (change.kind === 'created' || change.kind === 'changed') this.#events.set(change.event.id, change.event);
        else this.#events.delete(change.event.id);
        for (const listener of this.#listeners) await this.#tellChange(listener, change);
      }
      await afterwards();
      if (changes.length > 0) this.#file.changed();
      return changes;
    });
  }

  #tellChange(listener: EventListener, change: EventChange): Promise<void> {
    return this.#tell({ change: change.kind, scheduledEvent: change.event.id }, () => listener.changed(change));
  }

  #tellRefreshed(listener: EventListener, guildId: string): Promise<void> {
    return this.#tell({ change: 'refreshed', guildId }, () => listener.refreshed(guildId));
  }

  async #tell(what: object, tell: () => Promise<void> | void): Promise<void> {
    try {
      await tell();
    } catch (err) {
      const fields = { event: 'event-cache:listener:failed', err, ...what };
      this.#log.error(fields, '❌ a change of scheduled events was not dealt with');
    }
  }
}
