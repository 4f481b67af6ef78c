import type { Client } from 'discord.js';
import { Events, Status } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuildShape } from '../../../../../bot/discord/session/api-shape/guild.js';
import {
  observePackets,
  type Packet,
  type PrimedGuild,
  primeGuilds,
} from '../../../../../bot/discord/session/discord-internals.js';
import { SANDBOX_IDS } from '../../../../../sandbox/index.js';
import { richGuild, sandboxGuild } from '../../../../support/guild-shapes.js';
import { primed, publicView, quietClient, readyOf } from '../../../../support/session-caches.js';

const calledOff = new AbortController().signal;
let client: Client;
beforeEach(() => {
  client = quietClient();
});
afterEach(() => client.destroy());

/** What discord.js is given by its connection. */
interface Wires {
  status: Status;
  handlePacket(packet: object, shard: object): boolean;
  triggerClientReady(): void;
}
const wires = () => client.ws as unknown as Wires;
const shard = (status: Status) => ({ id: 0, status, checkReady: () => {}, sessionInfo: {}, closeSequence: 0 });

function smallGuild(id: string, more: object = {}): GuildShape {
  return { ...sandboxGuild(), id, roles: [], channels: [], members: [], name: `guild ${id}`, ...more } as GuildShape;
}

describe('primeGuilds', () => {
  it('emits nothing', async () => {
    const emitted: string[] = [];
    const { emit } = client;
    client.emit = (event: string, ...args: unknown[]) => {
      if (event !== Events.Debug) emitted.push(event);
      return Reflect.apply(emit, client, [event, ...args]) as boolean;
    };
    const snapshot = { ready: readyOf(richGuild().id), guilds: [primed(richGuild())] };
    await primeGuilds(client, snapshot, calledOff);
    await primeGuilds(client, { ...snapshot, guilds: [primed(richGuild(), { version: 2 })] }, calledOff);
    expect(emitted).toEqual([]);
  });

  it('leaves the client not ready, with everything it needs', async () => {
    await primeGuilds(client, { ready: readyOf(richGuild().id), guilds: [primed(richGuild())] }, calledOff);
    expect(client.isReady()).toBe(false);
    expect(client.user?.id).toBe(SANDBOX_IDS.bot);
    expect(client.user?.constructor.name).toBe('ClientUser');
    expect(client.application?.flags.bitfield).toBe(557_056);
  });

  it('reads a guild that is the same as last time only once', async () => {
    let reads = 0;
    const counted = (version: number): PrimedGuild => {
      const guild = primed(richGuild(), { version });
      return { ...guild, read: () => [reads++, guild.read()][1] as GuildShape };
    };
    const ready = readyOf(richGuild().id);
    await primeGuilds(client, { ready, guilds: [counted(1)] }, calledOff);
    const guild = client.guilds.cache.first();
    await primeGuilds(client, { ready, guilds: [counted(1)] }, calledOff);
    expect(reads).toBe(1);
    expect(client.guilds.cache.first()).toBe(guild);
    await primeGuilds(client, { ready, guilds: [counted(2)] }, calledOff);
    expect(reads).toBe(2);
  });

  it('replaces a guild that changed, with nothing left of what it was', async () => {
    const before = richGuild();
    const channels = (before.channels as object[]).slice(0, 2);
    const after: GuildShape = { ...before, name: 'renamed', channels, threads: [] };
    await primeGuilds(client, { ready: readyOf(before.id), guilds: [primed(before)] }, calledOff);
    await primeGuilds(client, { ready: readyOf(before.id), guilds: [primed(after, { version: 2 })] }, calledOff);
    const fresh = quietClient();
    await primeGuilds(fresh, { ready: readyOf(before.id), guilds: [primed(after)] }, calledOff);
    expect(publicView(client)).toEqual(publicView(fresh));
    expect(client.channels.cache.size).toBe(2);
    await fresh.destroy();
  });

  it('forgets a guild that is gone, with its channels', async () => {
    const other = smallGuild('77');
    await primeGuilds(
      client,
      { ready: readyOf(richGuild().id, '77'), guilds: [primed(richGuild()), primed(other)] },
      calledOff,
    );
    await primeGuilds(client, { ready: readyOf('77'), guilds: [primed(other)] }, calledOff);
    expect([...client.guilds.cache.keys()]).toEqual(['77']);
    expect(client.channels.cache.size).toBe(0);
  });

  it('knows a guild without a snapshot as unavailable', async () => {
    await primeGuilds(client, { ready: readyOf('77'), guilds: [] }, calledOff);
    expect(client.guilds.cache.get('77')?.available).toBe(false);
  });

  it('knows nothing any more of a guild that a newer snapshot only names', async () => {
    const { id } = richGuild();
    await primeGuilds(client, { ready: readyOf(id), guilds: [primed(richGuild())] }, calledOff);
    const named = primed({ id, unavailable: true }, { version: 2 });
    await primeGuilds(client, { ready: readyOf(id), guilds: [named] }, calledOff);
    const guild = client.guilds.cache.get(id);
    expect(guild).toMatchObject({ available: false, shardId: 0 });
    expect([guild?.name, guild?.channels.cache.size, client.channels.cache.size]).toEqual([undefined, 0, 0]);
  });

  it('gives the event loop a turn between guilds, and stops when called off', async () => {
    const calling = new AbortController();
    const slow = Array.from({ length: 10 }, (_, n) => {
      const guild = primed(smallGuild(String(100 + n)));
      const read = () => {
        for (const end = performance.now() + 10; performance.now() < end; );
        return guild.read();
      };
      return { ...guild, read };
    });
    const ready = readyOf(...slow.map(({ id }) => id));
    setImmediate(() => calling.abort(new Error('enough')));
    await expect(primeGuilds(client, { ready, guilds: slow }, calling.signal)).rejects.toThrow('enough');
    expect(client.guilds.cache.filter(({ available }) => available).size).toBeLessThan(5);
  });
});

describe('observePackets', () => {
  const seen: string[] = [];
  beforeEach(() => {
    seen.length = 0;
    observePackets(client, {
      received: ({ t }) => void seen.push(`received ${t}`),
      handling: ({ t }, run) => {
        seen.push(`begin ${t}`);
        run();
        seen.push(`end ${t}`);
      },
    });
  });
  const give = (t: string, d: object, status = Status.Ready) => wires().handlePacket({ t, s: 7, d }, shard(status));

  it('tells of each packet once, around the events of the client', async () => {
    await primeGuilds(client, { ready: readyOf('77'), guilds: [] }, calledOff);
    wires().status = Status.Ready;
    client.on(Events.GuildAvailable, () => void seen.push('guildAvailable'));
    give('GUILD_CREATE', smallGuild('77'));
    expect(seen).toEqual(['received GUILD_CREATE', 'begin GUILD_CREATE', 'guildAvailable', 'end GUILD_CREATE']);
  });

  it('tells that a packet is handled when it is, not when discord.js queues it', async () => {
    await primeGuilds(client, { ready: readyOf('77'), guilds: [primed(smallGuild('77'))] }, calledOff);
    give(
      'CHANNEL_CREATE',
      { id: '1', type: 0, guild_id: '77', name: 'a', permission_overwrites: [] },
      Status.WaitingForGuilds,
    );
    give(
      'CHANNEL_CREATE',
      { id: '2', type: 0, guild_id: '77', name: 'b', permission_overwrites: [] },
      Status.WaitingForGuilds,
    );
    expect(seen).toEqual(['received CHANNEL_CREATE', 'received CHANNEL_CREATE']);
    const both = new Promise<void>((resolve) => {
      client.on(Events.ChannelCreate, ({ id }) => (id === '2' ? resolve() : undefined));
    });
    wires().triggerClientReady();
    await both;
    const handled = ['begin CHANNEL_CREATE', 'end CHANNEL_CREATE'];
    expect(seen).toEqual(['received CHANNEL_CREATE', 'received CHANNEL_CREATE', ...handled, ...handled]);
  });

  it('queues exactly what discord.js queues', () => {
    const types = ['READY', 'RESUMED', 'GUILD_CREATE', 'GUILD_DELETE', 'GUILD_MEMBERS_CHUNK', 'GUILD_MEMBER_ADD'];
    const others = ['GUILD_MEMBER_REMOVE', 'MESSAGE_CREATE', 'GUILD_MEMBER_UPDATE', 'CHANNEL_CREATE', 'USER_UPDATE'];
    for (const t of [...types, ...others]) {
      const bare = quietClient();
      const told: Packet[] = [];
      observePackets(bare, { received: () => {}, handling: (packet) => void told.push(packet) }); // never runs it
      const ws = bare.ws as unknown as Wires & { packetQueue: unknown[] };
      ws.handlePacket({ t, s: 1, d: {} }, shard(Status.Connecting));
      expect(told.length + ws.packetQueue.length, t).toBe(1);
      expect(told.length, t).toBe(types.includes(t) || t === 'GUILD_MEMBER_REMOVE' ? 1 : 0);
      void bare.destroy();
    }
  });

  it('lets the observer leave a packet to another process', async () => {
    const bare = quietClient();
    observePackets(bare, { received: () => {}, handling: () => {} });
    await primeGuilds(bare, { ready: readyOf('77'), guilds: [] }, calledOff);
    (bare.ws as unknown as Wires).handlePacket({ t: 'GUILD_CREATE', s: 2, d: smallGuild('77') }, shard(Status.Ready));
    expect(bare.guilds.cache.get('77')?.available).toBe(false);
    await bare.destroy();
  });
});

describe('events that Discord repeats', () => {
  const user = { id: '42', username: 'somebody', discriminator: '0', global_name: null, avatar: null };
  const joined = { guild_id: '77', user, roles: [], joined_at: '2026-01-02T03:04:05.678Z', flags: 0 };
  const repeat = (t: string, s: number, d: object) => wires().handlePacket({ t, s, d }, shard(Status.Resuming));
  let emitted: string[];
  beforeEach(async () => {
    emitted = [];
    observePackets(client, { received: () => {}, handling: (_packet, run) => run() });
    client.on(Events.GuildMemberAdd, () => void emitted.push('joined'));
    client.on(Events.GuildMemberRemove, () => void emitted.push('left'));
    const guild = smallGuild('77', { member_count: 100 });
    await primeGuilds(client, { ready: readyOf('77'), guilds: [primed(guild, { s: 50 })] }, calledOff);
    wires().status = Status.Ready;
  });

  it('are not counted again when the snapshot has counted them', () => {
    repeat('GUILD_MEMBER_ADD', 49, joined);
    expect(client.guilds.cache.get('77')?.memberCount).toBe(100);
    repeat('GUILD_MEMBER_REMOVE', 50, { guild_id: '77', user });
    expect(client.guilds.cache.get('77')?.memberCount).toBe(100);
    repeat('GUILD_MEMBER_ADD', 51, joined);
    expect(client.guilds.cache.get('77')?.memberCount).toBe(101);
  });

  it('are told to listeners, which discord.js by itself does not do for members', () => {
    repeat('GUILD_MEMBER_ADD', 49, joined);
    repeat('GUILD_MEMBER_ADD', 51, joined);
    repeat('GUILD_MEMBER_REMOVE', 52, { guild_id: '77', user });
    expect(emitted).toEqual(['joined', 'joined', 'left']);
  });

  it('leave the shard resuming', () => {
    const resuming = shard(Status.Resuming);
    wires().handlePacket({ t: 'GUILD_MEMBER_ADD', s: 51, d: joined }, resuming);
    expect(resuming.status).toBe(Status.Resuming);
  });
});
