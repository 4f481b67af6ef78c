import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventCache } from '../../../../bot/framework/event-cache.js';
import type { ScheduledEvent } from '../../../../bot/framework/scheduled-event.js';
import { StateFile } from '../../../../shared/state-file.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let folder: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let caches: EventCache[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-events-'));
  clock = new FakeClock();
  logger = recordingLogger();
  caches = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cache of caches) cache.dispose();
  await clock.settle();
  expect(clock.pending, 'no timer is left').toBe(0);
  await rm(folder, { recursive: true });
});

const path = () => join(folder, 'event-cache.json');

const ignore = { changed: () => {}, refreshed: () => {} };

/** The cache of one run of the bot, and what its listener is told. */
async function newRun(): Promise<{ cache: EventCache; told: string[] }> {
  const cache = new EventCache({ path: path(), runId: 'run', clock, log: logger.log });
  caches.push(cache);
  const told: string[] = [];
  cache.subscribe({
    changed: ({ kind, event }) => void told.push(`${kind} ${event.id}`),
    refreshed: (guildId) => void told.push(`refreshed ${guildId}`),
  });
  await cache.open();
  return { cache, told };
}

const event = (id: string, inMs = 60_000, guildId = 'g'): ScheduledEvent => ({
  id,
  guildId,
  name: id,
  startAt: new Date(clock.now() + inMs).toISOString(),
  status: 'scheduled',
});

async function saved(): Promise<string[]> {
  const { data } = JSON.parse(await readFile(path(), 'utf8')) as { data: ScheduledEvent[] };
  return data.map(({ id }) => id);
}

describe('EventCache', () => {
  it('tells of each change once, and lists what is left by its start', async () => {
    const { cache, told } = await newRun();
    const [late, early] = [event('late', 2_000), event('early', 1_000)];
    for (const one of [late, early, late]) await cache.put(one);
    await cache.put(event('elsewhere', 1, 'h'));
    expect(cache.list('g')).toEqual([early, late]);
    await cache.put({ ...early, status: 'cancelled' });
    await cache.remove('early');
    await cache.put({ ...late, startAt: early.startAt });
    expect(told).toEqual(['created late', 'created early', 'created elsewhere', 'cancelled early', 'changed late']);
    expect(cache.get('late')?.startAt).toBe(early.startAt);
  });

  it('tells the next run what changed in between, and nothing of a guild with an outage', async () => {
    const first = await newRun();
    for (const one of [event('1'), event('2'), event('3', 1, 'away'), event('4', 1, 'left')])
      await first.cache.put(one);
    await first.cache.persist();
    const { cache, told } = await newRun();
    expect(cache.isFresh).toBe(false);
    await cache.refreshAll(
      new Map([
        ['g', [event('2'), event('5')]],
        ['away', null],
      ]),
    );
    expect(cache.isFresh).toBe(true);
    expect(told).toEqual(['lost 4', 'created 5', 'cancelled 1', 'refreshed g']);
    expect(cache.list('away')).toHaveLength(1);
    const late: string[] = [];
    cache.subscribe({ ...ignore, refreshed: (guildId) => void late.push(guildId) });
    await cache.forgetGuild('g');
    cache.subscribe({ ...ignore, refreshed: () => void late.push('too late') });
    await cache.persist();
    expect(late).toEqual(['g']);
  });

  it('deals with what happens during a look at all guilds after it', async () => {
    const { cache, told } = await newRun();
    const looking = cache.refreshAll(new Map(['a', 'b', 'g'].map((guildId) => [guildId, []])));
    await Promise.all([looking, cache.put(event('new'))]);
    expect(told).toEqual(['refreshed a', 'refreshed b', 'refreshed g', 'created new']);
  });

  it('is saved some seconds after a change, once for many, and not without one', async () => {
    const save = vi.spyOn(StateFile.prototype, 'save');
    const { cache } = await newRun();
    await cache.persist();
    await cache.put(event('1'));
    await cache.put(event('2'));
    expect(clock.pending).toBe(1);
    await clock.advance(3_000);
    await vi.waitFor(async () => expect(await saved()).toEqual(['1', '2']));
    expect(save).toHaveBeenCalledTimes(1);
  });

  it('is not saved before a change was dealt with: a crash in between has it told again', async () => {
    const { cache } = await newRun();
    await cache.put(event('1'));
    await cache.persist();
    let finish = () => {};
    const isFinished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    cache.subscribe({ ...ignore, changed: () => isFinished });
    const save = vi.spyOn(StateFile.prototype, 'save');
    void cache.remove('1');
    const persisting = cache.persist();
    await clock.settle();
    expect(save).not.toHaveBeenCalled();
    finish();
    await persisting;
    expect(await saved()).toEqual([]);
  });

  it('goes on when a listener fails, and when the disk does', async () => {
    const { cache, told } = await newRun();
    const fail = () => {
      throw new Error('bug');
    };
    cache.subscribe({ changed: fail, refreshed: fail });
    const unsubscribe = cache.subscribe({ ...ignore, changed: () => void told.push('second') });
    vi.spyOn(StateFile.prototype, 'save').mockRejectedValueOnce(new Error('disk full'));
    await cache.put(event('1'));
    await expect(cache.persist()).rejects.toThrow('disk full');
    unsubscribe();
    await cache.put(event('2'));
    await cache.persist();
    expect(told).toEqual(['created 1', 'second', 'created 2']);
    expect(logger.events()).toEqual(Array(2).fill('event-cache:listener:failed'));
    expect(await saved()).toEqual(['1', '2']);
  });

  it('puts a damaged file aside, and of a file with one bad record that record', async () => {
    const { cache } = await newRun();
    await cache.put(event('1'));
    await cache.persist();
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.replace('"data":[', '"data":[{"hats":3},'));
    expect((await newRun()).cache.list('g')).toHaveLength(1);
    await writeFile(path(), '{');
    expect((await newRun()).cache.list('g')).toEqual([]);
    expect(logger.events()).toEqual(['event-cache:broken', 'event-cache:broken']);
    expect((await readdir(folder)).filter((name) => name.includes('.broken.'))).toHaveLength(2);
    await writeFile(path(), text.replace('"schemaVersion":1', '"schemaVersion":2'));
    await expect(newRun()).rejects.toMatchObject({ code: 'TUX_STATE_NEWER' });
  });
});
