import { GuildScheduledEventStatus } from 'discord-api-types/v10';
import { DiscordError, unknown } from '../discord-error.js';
import { scheduledEventPayload } from './payloads.js';
import type { ScheduledEventRecord } from './records.js';
import type { World } from './world.js';

export type NewScheduledEvent = Omit<ScheduledEventRecord, 'id' | 'status'>;

const { Scheduled, Active, Completed, Canceled } = GuildScheduledEventStatus;

/** What may follow on which status. */
const nextStatuses: Readonly<Record<number, readonly number[]>> = {
  [Scheduled]: [Active, Canceled],
  [Active]: [Completed],
};

/**
 * The scheduled events of the guilds: those that are held outside Discord, as the sandbox has no voice channels. Every
 * change is announced as Discord announces it. Nothing begins or ends by itself.
 */
export class ScheduledEvents {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws DiscordError 10070 */
  get(guildId: string, eventId: string): ScheduledEventRecord {
    const event = this.#world.guild(guildId).scheduledEvents.find(({ id }) => id === eventId);
    if (!event) throw unknown.scheduledEvent();
    return event;
  }

  /** Those that are still to come or under way. */
  listOpen(guildId: string): ScheduledEventRecord[] {
    return this.#world.guild(guildId).scheduledEvents.filter(({ status }) => status in nextStatuses);
  }

  create(guildId: string, draft: NewScheduledEvent): ScheduledEventRecord {
    const event: ScheduledEventRecord = { ...draft, id: this.#world.snowflakes.next(), status: Scheduled };
    this.#world.guild(guildId).scheduledEvents.push(event);
    this.#announce('GUILD_SCHEDULED_EVENT_CREATE', guildId, event);
    return event;
  }

  /** @throws DiscordError 10070; 180000 for an event that is over; 50035 for a status that cannot follow. */
  edit(guildId: string, eventId: string, change: Partial<Omit<ScheduledEventRecord, 'id'>>): ScheduledEventRecord {
    const event = this.get(guildId, eventId);
    const possible = nextStatuses[event.status];
    if (!possible) throw new DiscordError(400, 180_000, 'Cannot update a finished event');
    const isSameOrNext =
      change.status === undefined || change.status === event.status || possible.includes(change.status);
    if (!isSameOrNext) throw new DiscordError(400, 50_035, 'Invalid Form Body');
    Object.assign(event, change);
    this.#announce('GUILD_SCHEDULED_EVENT_UPDATE', guildId, event);
    return event;
  }

  /** @throws DiscordError 10070 */
  delete(guildId: string, eventId: string): void {
    const event = this.get(guildId, eventId);
    const guild = this.#world.guild(guildId);
    guild.scheduledEvents = guild.scheduledEvents.filter((other) => other !== event);
    this.#announce('GUILD_SCHEDULED_EVENT_DELETE', guildId, event);
  }

  #announce(t: string, guildId: string, event: ScheduledEventRecord): void {
    this.#world.changed({ t, d: scheduledEventPayload(event, guildId), isDirect: false });
  }
}
