import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, Events } from 'discord.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../bot/discord/client-factory.js';
import { EmojiManager } from '../../../bot/discord/emoji-manager.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../sandbox/index.js';
import { systemClock } from '../../../shared/clock.js';
import { packageFile } from '../../../shared/package.js';
import { recordingLogger } from '../../support/framework-fakes.js';

const signal = new AbortController().signal;
/** Waits do not wait, and are noted. */
const pauses: number[] = [];
const clock = { ...systemClock, sleep: async (ms: number) => void pauses.push(ms) };

describe('EmojiManager', () => {
  let sandbox: Sandbox;
  let client: Client<true>;
  let folder: string;
  let logger: ReturnType<typeof recordingLogger>;
  let emojis: EmojiManager;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const made = createClient({
      apiUrl: sandbox.apiUrl,
      buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }),
    });
    const ready = once(made, Events.ClientReady);
    await made.login(SANDBOX_TOKEN);
    await ready;
    client = made as Client<true>;
  });
  afterAll(async () => {
    await client.destroy();
    await sandbox.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-emojis-'));
    sandbox.world.state.emojis = [];
    sandbox.world.guild(SANDBOX_IDS.guild).emojis = [];
    pauses.length = 0;
    logger = recordingLogger();
    emojis = managerOf(() => client);
  });
  afterEach(() => rm(folder, { recursive: true }));

  function managerOf(current: () => Client<true> | null): EmojiManager {
    return new EmojiManager({ client: current, folder, clock, log: logger.log });
  }

  const addPicture = (name: string) => writeFile(join(folder, name), 'GIF89a');
  const names = () => sandbox.world.state.emojis.map(({ name }) => name);

  it('gives the Unicode emoji while it knows no better, and never throws', async () => {
    const offline = managerOf(() => null);
    expect(offline.get('tux_success')).toBe('✅');
    expect(offline.get('no_such_emoji')).toBe('▫️');
    expect(await offline.resolve('no_such_emoji', SANDBOX_IDS.guild)).toBe('▫️');
    expect(await offline.sync(signal)).toEqual({ created: [], kept: 0 });
  });

  it('creates what is missing, one a second, and leaves alone what is there or was made by hand', async () => {
    sandbox.world.emojis.create('by_hand', false);
    sandbox.world.emojis.create('b_there', false);
    for (const name of ['a_one.png', 'b_there.png', 'c_two.gif', 'notes.txt']) await addPicture(name);
    expect(await emojis.sync(signal)).toEqual({ created: ['a_one', 'c_two'], kept: 1 });
    expect(names()).toEqual(['by_hand', 'b_there', 'a_one', 'c_two']);
    expect(pauses).toEqual([1_000]);
    expect(await emojis.sync(signal)).toEqual({ created: [], kept: 3 });
    expect(emojis.get('a_one')).toMatch(/^<:a_one:\d+>$/);
    const id = /:(\d+)>/.exec(emojis.get('a_one'))?.[1] ?? '';
    expect(emojis.get(id)).toBe(emojis.get('a_one'));
    expect(emojis.get('by_hand')).toMatch(/^<:by_hand:/);
  });

  it('makes an emoji anew when asked to', async () => {
    await addPicture('a_one.png');
    await emojis.sync(signal);
    const before = emojis.get('a_one');
    expect(await emojis.sync(signal, { renew: true })).toEqual({ created: ['a_one'], kept: 0 });
    expect(names()).toEqual(['a_one']);
    expect(emojis.get('a_one')).not.toBe(before);
  });

  it('finds the emojis of a server, those of the application first', async () => {
    await addPicture('both.png');
    sandbox.world.guild(SANDBOX_IDS.guild).emojis = [
      { id: '600000000000000001', name: 'party', animated: true },
      { id: '600000000000000002', name: 'both', animated: false },
    ];
    await emojis.sync(signal);
    expect(await emojis.resolve('party', SANDBOX_IDS.guild)).toBe('<a:party:600000000000000001>');
    expect(await emojis.resolve('both', SANDBOX_IDS.guild)).toBe(emojis.get('both'));
    expect(await emojis.resolve('party', null)).toBe('▫️');
  });

  it('is no reason for a start to fail: what goes wrong is logged', async () => {
    await addPicture('with spaces.png');
    await emojis.syncQuietly(signal);
    expect(logger.records.find(({ event }) => event === 'emojis:failed')?.msg).toContain('its name does not fit');
    expect(emojis.get('tux_info')).toBe('ℹ️');
  });

  it('can sync the pictures that come with Tux', async () => {
    const shipped = new EmojiManager({
      client: () => client,
      folder: packageFile('assets/emojis'),
      clock,
      log: logger.log,
    });
    const { created } = await shipped.sync(signal);
    expect(created).toEqual(['tux_error', 'tux_info', 'tux_success', 'tux_warning']);
    for (const name of created) expect(shipped.get(name)).toMatch(/^<:tux_/);
  });
});
