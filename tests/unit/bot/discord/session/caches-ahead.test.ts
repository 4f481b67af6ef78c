import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuildShape } from '../../../../../bot/discord/session/api-shape/guild.js';
import { CachesAhead } from '../../../../../bot/discord/session/caches-ahead.js';
import type { ReadSnapshot } from '../../../../../bot/discord/session/snapshot-reader.js';
import { FakeClock } from '../../../../../shared/testing/index.js';
import { recordingLogger } from '../../../../support/framework-fakes.js';
import { richGuild, sandboxGuild } from '../../../../support/guild-shapes.js';
import { primed, primedClient, publicView, quietClient, readyOf } from '../../../../support/session-caches.js';

const TEN_MINUTES_MS = 600_000;
const MB = 1_000_000;
const noSignal = new AbortController().signal;

let clock: FakeClock;
let availableBytes: number;
/** What is in the files. */
let snapshot: ReadSnapshot | null;
let stamp: string;
/** How often they were read. */
let reads: number;
let failure: Error | null;
let logger: ReturnType<typeof recordingLogger>;
let caches: CachesAhead;

beforeEach(() => {
  clock = new FakeClock();
  availableBytes = 4_000 * MB;
  snapshot = snapshotOf(smallGuild('1'), smallGuild('2'));
  stamp = 'first';
  reads = 0;
  failure = null;
  logger = recordingLogger();
  caches = new CachesAhead({
    session: {
      stampSnapshot: () => snapshot && stamp,
      peek: async () => {
        reads += 1;
        if (failure) throw failure;
        return snapshot;
      },
    },
    apiUrl: undefined,
    clock,
    log: logger.log,
    memory: () => ({ availableBytes, cgroupHeadroomBytes: null }),
  });
});
afterEach(async () => {
  await caches.drop();
  await clock.settle();
  expect(clock.pending).toBe(0);
});

function smallGuild(id: string, more: object = {}): GuildShape {
  return { ...sandboxGuild(), id, roles: [], channels: [], members: [], name: `guild ${id}`, ...more } as GuildShape;
}

function snapshotOf(...shapes: GuildShape[]): ReadSnapshot {
  const ready = readyOf(...shapes.map(({ id }) => id));
  const version = (shape: GuildShape) => crc32(JSON.stringify(shape));
  const guilds = shapes.map((shape) => primed(shape, { version: version(shape) }));
  return { sessionId: 'a', ready, guilds, size: 4 * MB, fileSize: 4 * MB, liveSizes: new Map(), liveBytes: MB };
}

/** What a worker finds that takes over now. */
async function taken() {
  const waiting = await caches.take(readyOf());
  return waiting?.client ?? null;
}

describe('caches that are filled ahead', () => {
  it('are those of the snapshot, for the first who asks', async () => {
    snapshot = snapshotOf(richGuild());
    await caches.fill(noSignal);
    expect(caches.bytes).toBe(5 * MB);
    const client = await taken();
    expect(client && publicView(client)).toEqual(publicView(await primedClient(richGuild())));
    expect(await taken()).toBeNull();
    expect(caches.bytes).toBe(0);
    await client?.destroy();
  });

  it('are filled again when the snapshot has changed, and looked at every ten minutes', async () => {
    await caches.fill(noSignal);
    await clock.advance(3 * TEN_MINUTES_MS);
    expect(reads).toBe(1);
    snapshot = snapshotOf(smallGuild('1', { name: 'renamed' }), smallGuild('3'));
    stamp = 'second';
    await clock.advance(TEN_MINUTES_MS - 1);
    expect(reads).toBe(1);
    await clock.advance(1);
    await nextTurn();
    expect(reads).toBe(2);
    const client = await taken();
    expect(client?.guilds.cache.map(({ name }) => name).sort()).toEqual(['guild 3', 'renamed']);
    await client?.destroy();
  });

  it('come later when there is no snapshot yet, or it is no use', async () => {
    const later = snapshot;
    snapshot = null;
    await caches.fill(noSignal);
    failure = new Error('torn');
    snapshot = later;
    await clock.advance(TEN_MINUTES_MS);
    expect(logger.events()).toEqual(['caches:ahead:failed']);
    failure = null;
    await clock.advance(TEN_MINUTES_MS);
    await nextTurn();
    const client = await taken();
    expect(client?.guilds.cache.size).toBe(2);
    await client?.destroy();
  });

  it('are given up as a whole when a guild cannot be read', async () => {
    const [first, second] = snapshot?.guilds ?? [];
    const torn = () => {
      throw new SyntaxError('torn');
    };
    if (snapshot && first && second) snapshot = { ...snapshot, guilds: [first, { ...second, read: torn }] };
    await caches.fill(noSignal);
    expect(caches.bytes).toBe(0);
    expect(await taken()).toBeNull();
  });

  it('do without where there is little memory', async () => {
    availableBytes = 200 * MB;
    await caches.fill(noSignal);
    expect(logger.events()).toEqual(['caches:ahead:no-room']);
    expect(caches.bytes).toBe(0);
    expect(await taken()).toBeNull();
  });

  it('are no use for another user or application than theirs', async () => {
    await caches.fill(noSignal);
    const { user, application } = readyOf();
    expect(await caches.take({ user: { id: '5' }, application, guildIds: [] })).toBeNull();
    expect(await caches.take({ user, application, guildIds: [] })).toBeNull(); // it is gone
  });
});

describe('a takeover while they are filled', () => {
  /** Guilds of which the fourth one to be read calls `onFourth`. */
  function watched(onFourth: () => void) {
    let count = 0;
    const all = snapshotOf(...Array.from({ length: 12 }, (_, n) => smallGuild(String(100 + n))));
    const guilds = all.guilds.map((guild) => {
      const read = () => {
        count += 1;
        if (count === 4) onFourth();
        return guild.read();
      };
      return { ...guild, read };
    });
    snapshot = { ...all, guilds };
    return { all, readSoFar: () => count };
  }

  it('waits for one guild at most, and goes on with what is filled', async () => {
    const activated = new AbortController();
    const { all, readSoFar } = watched(() => activated.abort());
    await caches.fill(activated.signal);
    expect(readSoFar()).toBe(4);
    const client = (await taken()) ?? quietClient();
    expect(client.guilds.cache.filter(({ available }) => available).size).toBe(4);
    expect(all.guilds).toHaveLength(12);
    await client.destroy();
  });

  it('ends the filling that came after it was prepared as well', async () => {
    await caches.fill(noSignal);
    const { readSoFar } = watched(() => caches.stop());
    stamp = 'second';
    await clock.advance(TEN_MINUTES_MS);
    await nextTurn();
    expect(readSoFar()).toBe(4);
    const client = await taken();
    expect(client?.guilds.cache.size).toBe(12);
    await client?.destroy();
  });
});
