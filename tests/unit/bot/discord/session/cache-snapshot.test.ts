import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuildShape } from '../../../../../bot/discord/session/api-shape/guild.js';
import {
  CacheSnapshot,
  type CacheSnapshotOptions,
  type LoadedSnapshot,
} from '../../../../../bot/discord/session/cache-snapshot.js';
import { primeGuilds } from '../../../../../bot/discord/session/discord-internals.js';
import { encodeLine } from '../../../../../bot/discord/session/snapshot-lines.js';
import { systemClock } from '../../../../../shared/clock.js';
import { FakeClock } from '../../../../../shared/testing/index.js';
import { recordingLogger } from '../../../../support/framework-fakes.js';
import { richGuild, sandboxGuild } from '../../../../support/guild-shapes.js';
import { primedClient, publicView, quietClient } from '../../../../support/session-caches.js';

const SESSION = 'session-one';
const calledOff = new AbortController().signal;

let folder: string;
let path: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
const clients: Client[] = [];
const snapshots: CacheSnapshot[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-snapshot-'));
  path = join(folder, 'gateway-cache.jsonl');
  clock = new FakeClock();
  logger = recordingLogger();
});
afterEach(async () => {
  for (const snapshot of snapshots.splice(0)) await snapshot.close();
  for (const client of clients.splice(0)) await client.destroy();
  await rm(folder, { recursive: true, force: true });
});

function newSnapshot(options: Partial<CacheSnapshotOptions> = {}): CacheSnapshot {
  const snapshot = new CacheSnapshot({ path, clock, log: logger.log, ...options });
  snapshots.push(snapshot);
  return snapshot;
}

/** A client that is logged in with a session, as far as its caches go. */
async function clientOf(shapes: readonly GuildShape[], sessionId = SESSION): Promise<Client<true>> {
  const client = await primedClient(...shapes);
  clients.push(client);
  const sessionInfo = { sessionId, resumeURL: 'wss://gateway', sequence: 9, shardId: 0, shardCount: 1 };
  (client.ws.shards as unknown as Map<number, object>).set(0, { id: 0, sessionInfo });
  return client;
}

const smallGuild = (id: string, more: object = {}) =>
  ({ ...sandboxGuild(), id, roles: [], channels: [], members: [], name: `guild ${id}`, ...more }) as GuildShape;

async function loaded(sessionId = SESSION): Promise<LoadedSnapshot> {
  const found = await new CacheSnapshot({ path, clock, log: logger.log }).load(sessionId);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

async function problem(sessionId = SESSION) {
  const found = await new CacheSnapshot({ path, clock, log: logger.log }).load(sessionId);
  return 'problem' in found ? found : null;
}

const namesIn = ({ guilds }: LoadedSnapshot) => guilds.map((guild) => guild.read().name);
const lines = async () => (await readFile(path, 'utf8')).trimEnd().split('\n');

describe('a snapshot', () => {
  it('fills the caches of another client with what the first one shows', async () => {
    const client = await clientOf([richGuild(), smallGuild('77')]);
    await newSnapshot().begin(client);
    const copy = quietClient();
    clients.push(copy);
    await primeGuilds(copy, await loaded(), calledOff);
    expect(publicView(copy)).toEqual(publicView(client));
  });

  it('can be read by its owner only, and leaves no other file', async () => {
    await newSnapshot().begin(await clientOf([richGuild()]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['gateway-cache.jsonl']);
  });

  it('is of one session only', async () => {
    await newSnapshot().begin(await clientOf([richGuild()]));
    expect(await problem('another')).toMatchObject({ reason: 'snapshot-missing' });
    expect(await readdir(folder)).toEqual(['gateway-cache.jsonl']);
  });

  it('is written anew for a client with another session', async () => {
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([richGuild()]));
    await snapshot.begin(await clientOf([], 'session-two'));
    expect((await loaded('session-two')).guilds).toEqual([]);
  });

  it('is missing before the first', async () => {
    expect(await problem()).toMatchObject({ reason: 'snapshot-missing' });
  });
});

describe('what changes', () => {
  it('is told as written when a line with it is in the file', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77'), smallGuild('78')])];
    await snapshot.begin(client);
    const guild = client.guilds.cache.get('77');
    if (guild) guild.name = 'renamed';
    const written = snapshot.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    expect(await lines()).toHaveLength(5);
    await clock.advance(200);
    await written;
    expect(await lines()).toHaveLength(6);
    const after = await loaded();
    expect(namesIn(after)).toEqual(['renamed', 'guild 78']);
    expect(after.guilds.map(({ s }) => s)).toEqual([12, 0]);
  });

  it('waits for others of the same moment, which share one line', async () => {
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([smallGuild('77')]));
    const all = Array.from({ length: 50 }, (_, n) =>
      snapshot.note({ t: 'CHANNEL_UPDATE', s: 10 + n, d: { id: '1', guild_id: '77' } }),
    );
    await clock.advance(199);
    expect(await lines()).toHaveLength(4);
    await clock.advance(1);
    await Promise.all(all);
    expect(await lines()).toHaveLength(5);
    expect((await loaded()).guilds[0]?.s).toBe(59);
  });

  it('may be noted before the snapshot begins, and is part of it', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    const written = snapshot.note({ t: 'GUILD_CREATE', s: 2, d: { id: '77' } });
    await Promise.all([snapshot.begin(client), written]);
    expect((await loaded()).guilds[0]?.s).toBe(2);
  });

  it('takes a guild out that is gone', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77'), smallGuild('78')])];
    await snapshot.begin(client);
    client.guilds.cache.delete('77');
    void snapshot.note({ t: 'GUILD_DELETE', s: 12, d: { id: '77' } });
    await snapshot.close();
    const after = await loaded();
    expect(namesIn(after)).toEqual(['guild 78']);
    expect(after.ready.guildIds).toEqual(['78']);
  });

  it('can be ourselves', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    await snapshot.begin(client);
    client.user.username = 'Tuxedo';
    void snapshot.note({ t: 'USER_UPDATE', s: 12, d: { id: client.user.id } });
    await snapshot.close();
    expect((await loaded()).ready.user).toMatchObject({ username: 'Tuxedo' });
  });

  it('is nothing for a message', async () => {
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([smallGuild('77')]));
    expect(snapshot.note({ t: 'MESSAGE_CREATE', s: 12, d: { guild_id: '77' } })).toBeNull();
    await snapshot.close();
    expect(await lines()).toHaveLength(4);
  });

  it('is written when it is closed, without waiting', async () => {
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([smallGuild('77')]));
    const written = snapshot.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await snapshot.close();
    await written;
    expect(await lines()).toHaveLength(5);
  });

  it('begins a new file when Discord begins a new session', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    void snapshot.note({ t: 'GUILD_CREATE', s: 500, d: { id: '77' } });
    await snapshot.begin(client);
    const shards = client.ws.shards as unknown as Map<number, { sessionInfo: object }>;
    shards.set(0, { sessionInfo: { sessionId: 'session-two' } });
    const written = snapshot.note({ t: 'READY', s: 1, d: { user: { id: client.user.id } } });
    await clock.advance(200);
    await written;
    expect((await loaded('session-two')).guilds[0]?.s).toBe(1);
  });

  it('rests longer the longer it takes to prepare', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    await snapshot.begin(client);
    const get = () => {
      for (const end = performance.now() + 10; performance.now() < end; );
      return 'what takes 10 ms to tell';
    };
    Object.defineProperty(client.guilds.cache.get('77'), 'description', { get });
    const first = snapshot.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await clock.advance(200);
    await first;
    const second = snapshot.note({ t: 'GUILD_UPDATE', s: 13, d: { id: '77' } });
    await clock.whenSleeping();
    await clock.advance(499);
    expect(await lines()).toHaveLength(5);
    await clock.advanceToNext();
    await second;
    expect(await lines()).toHaveLength(6);
  });

  it('makes the file grow to a few times of what counts, and then be written anew', async () => {
    const topic = 'x'.repeat(200_000);
    const shape = smallGuild('77', { channels: [{ id: '1', type: 0, name: 'c', topic, permission_overwrites: [] }] });
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([shape]));
    const sizes: number[] = [];
    for (let s = 1; s <= 20; s += 1) {
      const written = snapshot.note({ t: 'GUILD_UPDATE', s, d: { id: '77' } });
      await clock.advanceToNext();
      await written;
      sizes.push((await stat(path)).size);
    }
    expect(Math.max(...sizes)).toBeLessThan(4 * 201_000 + 1024 * 1024 + 201_000);
    expect(sizes.some((size, n) => size < (sizes[n - 1] ?? 0))).toBe(true);
    expect((await loaded()).guilds).toHaveLength(1);
  });
});

describe('going on with the file of the worker before', () => {
  it('does not write it anew', async () => {
    const client = await clientOf([smallGuild('77'), smallGuild('78')]);
    const before = newSnapshot();
    await before.begin(client);
    await before.close();
    const { ino } = await stat(path);
    const next = newSnapshot();
    await next.load(SESSION);
    await next.begin(client);
    void next.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await next.close();
    expect((await stat(path)).ino).toBe(ino);
    expect((await loaded()).guilds.map(({ s }) => s)).toEqual([12, 0]);
  });

  it('takes away the line that was cut off', async () => {
    const client = await clientOf([smallGuild('77')]);
    const before = newSnapshot();
    await before.begin(client);
    await before.close();
    await writeFile(path, '{"crc":"0000', { flag: 'a' });
    const next = newSnapshot();
    await next.load(SESSION);
    await next.begin(client);
    void next.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await next.close();
    expect((await loaded()).guilds).toHaveLength(1);
  });

  it('writes it anew when somebody has written on it since', async () => {
    const client = await clientOf([smallGuild('77')]);
    const before = newSnapshot();
    await before.begin(client);
    const next = newSnapshot();
    await next.load(SESSION);
    void before.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await before.close();
    const { ino } = await stat(path);
    await next.begin(client);
    expect((await stat(path)).ino).not.toBe(ino);
  });
});

describe('a file that is not right', () => {
  beforeEach(async () => {
    const snapshot = newSnapshot();
    await snapshot.begin(await clientOf([richGuild(), smallGuild('77')]));
    await snapshot.close();
  });

  it('may end within a line, which is left out', async () => {
    const whole = await readFile(path);
    await writeFile(
      path,
      Buffer.concat([whole, Buffer.concat(encodeLine('77', 9, smallGuild('77', { name: 'late' }))).subarray(0, -1)]),
    );
    expect(namesIn(await loaded())).toContain('guild 77');
    expect(await readdir(folder)).toEqual(['gateway-cache.jsonl']);
  });

  it('is put aside when a byte of any line is another', async () => {
    const content = await readFile(path);
    const at = content.indexOf('"name":"channel 21"');
    content[at + 12] = 0x41;
    await writeFile(path, content);
    const found = await problem();
    expect(found).toMatchObject({ reason: 'snapshot-damaged' });
    expect(found?.problem).toContain('line 3');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^gateway-cache\.jsonl\.broken\.\d{8}T\d{9}Z$/)]);
  });

  it('is put aside when it is empty, or does not say who we are', async () => {
    const [header = '', , ...rest] = await lines();
    await writeFile(path, `${[header, ...rest].join('\n')}\n`);
    expect((await problem())?.problem).toContain('who we are');
    await writeFile(path, '');
    expect(await problem()).toMatchObject({ reason: 'snapshot-damaged' });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('is left alone when another version of Tux or of discord.js wrote it', async () => {
    const [header = '', ...rest] = await lines();
    for (const change of [{ schemaVersion: 99 }, { library: '15.0.0' }]) {
      const { data } = JSON.parse(header) as { data: object };
      const other = Buffer.concat(encodeLine('header', 0, { ...data, ...change })).toString();
      await writeFile(path, `${other}${rest.join('\n')}\n`);
      expect(await problem()).toMatchObject({ reason: 'snapshot-version' });
    }
    expect(await readdir(folder)).toEqual(['gateway-cache.jsonl']);
  });

  it('is not one that is not there, but cannot be read', async () => {
    await rm(path);
    await mkdir(path);
    expect(await problem()).toMatchObject({ reason: 'snapshot-damaged' });
  });

  it('is put aside wherever the first writing of all guilds was cut', async () => {
    const whole = await readFile(path);
    for (const end of [whole.length - 1, whole.length - 5, whole.length - 500]) {
      await writeFile(path, whole);
      await truncate(path, end);
      expect(await problem()).toMatchObject({ reason: 'snapshot-damaged' });
    }
  });

  it('is put aside when it is shorter than it is known to have been: changes are missing', async () => {
    const { length } = await readFile(path);
    const load = (leastBytes: number) => newSnapshot().load(SESSION, leastBytes);
    expect(await load(length)).not.toHaveProperty('problem');
    expect(await load(length + 1)).toMatchObject({
      reason: 'snapshot-damaged',
      problem: expect.stringContaining('bytes'),
    });
  });
});

describe('a disk that refuses', () => {
  it('lets the changes wait, says so once, and goes on when it does not refuse any more', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    await rm(folder, { recursive: true });
    let isWritten = false;
    const begun = snapshot.begin(client).then(() => {
      isWritten = true;
    });
    await clock.whenSleeping();
    await clock.advanceToNext();
    await clock.whenSleeping();
    expect(isWritten).toBe(false);
    expect(snapshot.problem).toContain('Cannot write');
    expect(logger.events().filter((event) => event === 'snapshot:failed')).toHaveLength(1);
    await mkdir(folder);
    await clock.advanceToNext();
    await begun;
    expect(snapshot.problem).toBeNull();
    expect(logger.events()).toContain('snapshot:recovered');
    expect((await loaded()).guilds).toHaveLength(1);
  });

  it('does not keep close waiting', async () => {
    const [snapshot, client] = [newSnapshot(), await clientOf([smallGuild('77')])];
    await rm(folder, { recursive: true });
    void snapshot.begin(client);
    await clock.whenSleeping();
    await snapshot.close();
    expect(clock.pending).toBe(0);
  });
});

describe('guilds that are too much', () => {
  it('are told once, and leave no file that the next worker would believe', async () => {
    const client = await clientOf([richGuild()]);
    await newSnapshot().begin(client);
    const snapshot = newSnapshot({ maxBytes: 1_000 });
    await snapshot.begin(client);
    expect(await readdir(folder)).toEqual([]);
    expect(snapshot.problem).toContain('no snapshot');
    expect(snapshot.note({ t: 'GUILD_UPDATE', s: 12, d: { id: richGuild().id } })).toBeNull();
    await snapshot.begin(client);
    expect(logger.events().filter((event) => event === 'snapshot:too-large')).toHaveLength(1);
  });

  it('may become so while it is written on', async () => {
    const [snapshot, client] = [newSnapshot({ maxBytes: 20_000 }), await clientOf([smallGuild('77')])];
    await snapshot.begin(client);
    const guild = client.guilds.cache.get('77');
    if (guild) guild.description = 'x'.repeat(30_000);
    const written = snapshot.note({ t: 'GUILD_UPDATE', s: 12, d: { id: '77' } });
    await clock.advance(200);
    await written;
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('large guilds', () => {
  it('do not block the event loop while they are written', async () => {
    const channels = Array.from({ length: 200 }, (_, n) => ({
      id: String(n),
      type: 0,
      name: `c${n}`,
      permission_overwrites: [],
    }));
    const shapes = Array.from({ length: 100 }, (_, n) =>
      smallGuild(String(1_000 + n), { channels: channels.map((one) => ({ ...one, id: `${n}0${one.id}` })) }),
    );
    const client = await clientOf(shapes);
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await newSnapshot({ clock: systemClock }).begin(client);
    isOver = true;
    expect(turns).toBeGreaterThan(5);
    expect((await loaded()).guilds).toHaveLength(100);
  });
});
