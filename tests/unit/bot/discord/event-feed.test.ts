import { EventEmitter } from 'node:events';
import { type Client, Events, GuildScheduledEventStatus } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventFeed } from '../../../../bot/discord/event-feed.js';

const START = Date.UTC(2026, 0, 1);

/** As much of a scheduled event of discord.js as the feed looks at. */
const scheduledEvent = (id: string, more: object = {}) => ({
  id,
  guildId: 'g',
  name: 'Tea',
  scheduledStartTimestamp: START,
  scheduledEndTimestamp: null,
  status: GuildScheduledEventStatus.Scheduled,
  creatorId: null,
  channelId: null,
  entityMetadata: null,
  ...more,
});

const guild = (id: string, events: object[], available = true) => ({
  id,
  available,
  scheduledEvents: { cache: { map: (see: (event: object) => unknown) => events.map(see) } },
});

const seen = (id: string, more: object = {}) => ({
  id,
  guildId: 'g',
  name: 'Tea',
  startAt: new Date(START).toISOString(),
  status: 'scheduled',
  ...more,
});

let calls: unknown[][];
let isFresh: boolean;
let source: EventEmitter;

const record =
  (name: string) =>
  async (...args: unknown[]) => {
    calls.push([name, ...args]);
    return [] as never;
  };

/** @param guilds of the client; null: nobody is logged in. */
function newFeed(guilds: ReturnType<typeof guild>[] | null): EventFeed {
  const client = guilds && { guilds: { cache: new Map(guilds.map((one) => [one.id, one])) } };
  return new EventFeed({
    cache: {
      get isFresh() {
        return isFresh;
      },
      put: record('put'),
      remove: record('remove'),
      refresh: record('refresh'),
      refreshAll: record('refreshAll'),
      forgetGuild: record('forgetGuild'),
    },
    client: () => client as unknown as Client | null,
  });
}

beforeEach(() => {
  calls = [];
  isFresh = true;
  source = new EventEmitter();
});

describe('EventFeed', () => {
  it('tells what an event is like now, in plain data', () => {
    newFeed(null).attach(source);
    const ended = scheduledEvent('1', { scheduledEndTimestamp: START + 1, entityMetadata: { location: 'Hall' } });
    source.emit(Events.GuildScheduledEventCreate, ended);
    const active = scheduledEvent('2', { channelId: '7', creatorId: '8', status: GuildScheduledEventStatus.Active });
    source.emit(Events.GuildScheduledEventUpdate, null, active);
    for (const status of [GuildScheduledEventStatus.Completed, GuildScheduledEventStatus.Canceled]) {
      source.emit(Events.GuildScheduledEventUpdate, null, scheduledEvent('3', { status }));
    }
    source.emit(Events.GuildScheduledEventDelete, scheduledEvent('4'));
    expect(calls).toEqual([
      ['put', seen('1', { endAt: new Date(START + 1).toISOString(), place: 'Hall' })],
      ['put', seen('2', { place: '<#7>', creatorId: '8', status: 'active' })],
      ['put', seen('3', { status: 'completed' })],
      ['put', seen('3', { status: 'cancelled' })],
      ['remove', '4'],
    ]);
  });

  it('looks at every guild after a login, and says of which it learns nothing', async () => {
    await newFeed([guild('g', [scheduledEvent('1')]), guild('away', [], false)]).refresh();
    const all = new Map<string, unknown>([
      ['g', [seen('1')]],
      ['away', null],
    ]);
    expect(calls).toEqual([['refreshAll', all]]);
  });

  it('looks again at a guild that comes or comes back, and forgets one that is left', () => {
    newFeed(null).attach(source);
    source.emit(Events.GuildAvailable, guild('g', [scheduledEvent('1')]));
    source.emit(Events.GuildCreate, guild('h', []));
    source.emit(Events.GuildCreate, guild('away', [], false));
    source.emit(Events.GuildDelete, guild('g', []));
    expect(calls).toEqual([
      ['refresh', 'g', [seen('1')]],
      ['refresh', 'h', []],
      ['forgetGuild', 'g'],
    ]);
  });

  it('leaves the guilds that come during the login to the look after it', () => {
    isFresh = false;
    newFeed(null).attach(source);
    source.emit(Events.GuildAvailable, guild('g', [scheduledEvent('1')]));
    expect(calls).toEqual([]);
  });
});
