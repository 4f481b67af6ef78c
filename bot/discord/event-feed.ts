import {
  type Client,
  type ClientEvents,
  Events,
  type Guild,
  type GuildScheduledEvent,
  GuildScheduledEventStatus,
} from 'discord.js';
import type { EventCache } from '../framework/event-cache.js';
import type { EventSource } from '../framework/event-source.js';
import type { SeenEvent } from '../framework/scheduled-event.js';

export interface EventFeedOptions {
  readonly cache: Pick<EventCache, 'isFresh' | 'put' | 'remove' | 'refresh' | 'refreshAll' | 'forgetGuild'>;
  /** Null before login. */
  readonly client: () => Client | null;
}

const statuses = {
  [GuildScheduledEventStatus.Scheduled]: 'scheduled',
  [GuildScheduledEventStatus.Active]: 'active',
  [GuildScheduledEventStatus.Completed]: 'completed',
  [GuildScheduledEventStatus.Canceled]: 'cancelled',
} as const;

/** Tells the event cache what Discord says about scheduled events. */
export class EventFeed {
  readonly #cache: EventFeedOptions['cache'];
  readonly #client: EventFeedOptions['client'];

  constructor({ cache, client }: EventFeedOptions) {
    this.#cache = cache;
    this.#client = client;
  }

  /** Listens to every change from now on. */
  attach(source: Pick<EventSource, 'on'>): void {
    // The last argument of each of these events is what it is about, as it is now.
    const on = <T>(event: keyof ClientEvents, handle: (subject: T) => unknown) =>
      source.on(event, (...args) => handle(args.at(-1) as T));
    on<GuildScheduledEvent>(Events.GuildScheduledEventCreate, (event) => this.#cache.put(seenEvent(event)));
    on<GuildScheduledEvent>(Events.GuildScheduledEventUpdate, (event) => this.#cache.put(seenEvent(event)));
    on<GuildScheduledEvent>(Events.GuildScheduledEventDelete, ({ id }) => this.#cache.remove(id));
    on<Guild>(Events.GuildCreate, (guild) => this.#refreshLater(guild));
    on<Guild>(Events.GuildAvailable, (guild) => this.#refreshLater(guild));
    on<Guild>(Events.GuildDelete, ({ id }) => this.#cache.forgetGuild(id));
  }

  /** Brings the cache up to date after login. Resolves when all who listen have dealt with what changed meanwhile. */
  async refresh(): Promise<void> {
    const guilds = this.#client()?.guilds.cache.values() ?? [];
    await this.#cache.refreshAll(new Map(Array.from(guilds, (guild) => [guild.id, eventsOf(guild)])));
  }

  /** A guild that came (back) while we are logged in; those that come during the login are all looked at after it. */
  async #refreshLater(guild: Guild): Promise<void> {
    const events = eventsOf(guild);
    if (this.#cache.isFresh && events !== null) await this.#cache.refresh(guild.id, events);
  }
}

/** Null during an outage of the guild. */
function eventsOf(guild: Guild): SeenEvent[] | null {
  return guild.available ? guild.scheduledEvents.cache.map(seenEvent) : null;
}

function seenEvent(event: GuildScheduledEvent): SeenEvent {
  const { id, guildId, name, scheduledStartTimestamp, scheduledEndTimestamp, status, creatorId } = event;
  const place = event.entityMetadata?.location ?? (event.channelId === null ? null : `<#${event.channelId}>`);
  return {
    id,
    guildId,
    name: name ?? '',
    startAt: new Date(scheduledStartTimestamp ?? 0).toISOString(),
    status: statuses[status],
    ...(scheduledEndTimestamp !== null && { endAt: new Date(scheduledEndTimestamp).toISOString() }),
    ...(place !== null && { place }),
    ...(creatorId !== null && { creatorId }),
  };
}
