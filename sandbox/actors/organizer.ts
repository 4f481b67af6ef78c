import { GuildScheduledEventStatus, PermissionFlagsBits } from 'discord-api-types/v10';
import { SANDBOX_IDS } from '../ids.js';
import { permissionsOf } from '../world/permissions.js';
import type { ScheduledEventRecord, UserRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import { actorError } from './actor-error.js';
import { findUser } from './places.js';

/** Who organises; name or id, default `owner`. */
interface Organizing {
  readonly as?: string | undefined;
}

const DEFAULT_DURATION_MS = 3_600_000;
const { guild: guildId } = SANDBOX_IDS;

/** People who schedule events of the sandbox's guild. All methods throw TuxError TUX_SANDBOX_ACTOR for what cannot be done. */
export class Organizer {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Schedules an event that begins in `startsInMs` milliseconds. */
  create({
    name,
    startsInMs,
    durationMs = DEFAULT_DURATION_MS,
    place = 'the club room',
    as,
  }: Organizing & {
    name: string;
    startsInMs: number;
    durationMs?: number | undefined;
    place?: string | undefined;
  }): ScheduledEventRecord {
    const { id: creatorId } = this.#permitted(as, PermissionFlagsBits.CreateEvents);
    const times = this.#times(startsInMs, durationMs);
    return this.#world.scheduledEvents.create(guildId, { name, description: null, place, creatorId, ...times });
  }

  /** Has an event begin in `startsInMs` milliseconds instead, and take as long as before. */
  move({ event, startsInMs, as }: Organizing & { event: string; startsInMs: number }): ScheduledEventRecord {
    this.#permitted(as, PermissionFlagsBits.ManageEvents);
    const { id, startAt, endAt } = this.#find(event);
    const times = this.#times(startsInMs, Date.parse(endAt) - Date.parse(startAt));
    return this.#world.scheduledEvents.edit(guildId, id, times);
  }

  /** Cancels an event, or ends it when it has begun. */
  cancel({ event, as }: Organizing & { event: string }): ScheduledEventRecord {
    this.#permitted(as, PermissionFlagsBits.ManageEvents);
    const { id, status } = this.#find(event);
    const { Active, Completed, Canceled } = GuildScheduledEventStatus;
    return this.#world.scheduledEvents.edit(guildId, id, { status: status === Active ? Completed : Canceled });
  }

  #find(nameOrId: string): ScheduledEventRecord {
    const open = this.#world.scheduledEvents.listOpen(guildId);
    const isMeant = ({ id, name }: ScheduledEventRecord) =>
      id === nameOrId || name.toLowerCase() === nameOrId.toLowerCase();
    const event = open.find(isMeant);
    if (event) return event;
    const names = open.map(({ name }) => `'${name}'`).join(', ');
    throw actorError(`There is no event '${nameOrId}'`, names === '' ? 'make one first' : `use ${names} or an id`);
  }

  #permitted(as: string | undefined, permission: bigint): UserRecord {
    const user = findUser(this.#world, as ?? 'owner');
    const bits = BigInt(permissionsOf(this.#world.guild(guildId), user.id, this.#world.clock.now()));
    if ((bits & permission) === 0n) throw actorError(`${user.name} may not schedule events`);
    return user;
  }

  #times(startsInMs: number, durationMs: number): { startAt: string; endAt: string } {
    const at = this.#world.clock.now() + startsInMs;
    return { startAt: new Date(at).toISOString(), endAt: new Date(at + durationMs).toISOString() };
  }
}
