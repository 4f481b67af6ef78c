import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cooldowns, cooldownKey, MAX_COOLDOWNS } from '../../../../bot/framework/cooldowns.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const MINUTE_MS = 60_000;

let folder: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-cooldowns-'));
  clock = new FakeClock();
  logger = recordingLogger();
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, 'cooldowns.json');

/** The cooldowns of one run of the bot. */
async function newRun(): Promise<Cooldowns> {
  const cooldowns = new Cooldowns({ path: path(), runId: 'run', clock, log: logger.log });
  await cooldowns.open();
  return cooldowns;
}

let events = 0;

/** Uses a command; gives the milliseconds to wait, 0 when it could be used. */
function use(cooldowns: Cooldowns, key: string, isSuccess = true, eventId = String(events++)): number {
  const cooldown = cooldowns.of(key, MINUTE_MS, eventId);
  const until = cooldown.until();
  if (until !== null) return until - clock.now();
  cooldown.hold();
  cooldown.release(isSuccess);
  return 0;
}

async function savedKeys(): Promise<string[]> {
  const { data } = JSON.parse(await readFile(path(), 'utf8')) as { data: { key: string }[] };
  return data.map(({ key }) => key);
}

describe('a cooldown', () => {
  it('begins with a success and ends by itself', async () => {
    const cooldowns = await newRun();
    expect(use(cooldowns, 'a')).toBe(0);
    await clock.advance(20_000);
    expect(use(cooldowns, 'a')).toBe(40_000);
    expect(use(cooldowns, 'b')).toBe(0);
    await clock.advance(40_000);
    expect(use(cooldowns, 'a')).toBe(0);
  });

  it('does not stop the use that began it from being handled once more, in a later run as well', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a', true, 'first');
    expect(use(cooldowns, 'a', true, 'second')).toBe(60_000);
    expect(use(cooldowns, 'a', true, 'first')).toBe(0);
    await cooldowns.persist();
    const next = await newRun();
    expect(use(next, 'a', true, 'second')).toBe(60_000);
    expect(use(next, 'a', true, 'first')).toBe(0);
  });

  it('does not begin with a failure', async () => {
    const cooldowns = await newRun();
    expect([use(cooldowns, 'a', false), use(cooldowns, 'a')]).toEqual([0, 0]);
  });

  it('lets nobody slip in while the first use still runs', async () => {
    const cooldowns = await newRun();
    const first = cooldowns.of('a', MINUTE_MS, 'first');
    first.hold();
    expect(use(cooldowns, 'a')).toBe(60_000);
    first.release(false);
    expect(use(cooldowns, 'a')).toBe(0);
  });

  it('is never longer than it was meant to be, even when the clock is set back', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a');
    clock.jumpWallClock(-86_400_000);
    expect(use(cooldowns, 'a')).toBe(60_000);
  });

  it.each([
    ['user', 'wave|user|u'],
    ['channel', 'wave|channel|c'],
    ['guild', 'wave|guild|g'],
  ] as const)('per %s is kept as %s', (per, key) => {
    const use = { path: 'wave', user: { id: 'u' }, channelId: 'c' };
    expect(cooldownKey({ per }, { ...use, guild: { id: 'g' } })).toBe(key);
    expect(cooldownKey({ per }, { ...use, guild: null })).toBe(per === 'guild' ? 'wave|guild|c' : key);
  });
});

describe('the file of cooldowns', () => {
  it('is written within seconds, so that a kill loses no more', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a');
    use(cooldowns, 'b');
    expect(clock.pending).toBe(1);
    await clock.advance(3_000);
    await cooldowns.persist(); // waits for nothing: it is written, or being written before this
    await expect.poll(savedKeys).toEqual(['a', 'b']);
    expect(use(await newRun(), 'a')).toBe(57_000);
    expect(clock.pending).toBe(0);
  });

  it('is written at a shutdown, and nothing is left behind', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a');
    await cooldowns.persist();
    cooldowns.dispose();
    await clock.settle();
    expect([await savedKeys(), clock.pending, logger.events()]).toEqual([['a'], 0, []]);
  });

  it('drops what has ended when it is read', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a');
    await cooldowns.persist();
    cooldowns.dispose();
    await clock.advance(60_000);
    expect((await newRun()).size).toBe(0);
  });

  it('keeps a bounded number: those that last longest', async () => {
    const cooldowns = await newRun();
    for (let n = 0; n <= MAX_COOLDOWNS; n += 1) {
      use(cooldowns, `key ${n}`);
      if (n === 0) await clock.advance(1_000);
    }
    expect(cooldowns.size).toBeLessThanOrEqual(MAX_COOLDOWNS);
    expect(use(cooldowns, 'key 0')).toBe(0);
    expect(use(cooldowns, `key ${MAX_COOLDOWNS}`)).toBe(60_000);
    cooldowns.dispose();
  });

  it('is put aside when it is damaged', async () => {
    await writeFile(path(), '{');
    expect((await newRun()).size).toBe(0);
    expect(logger.events()).toEqual(['cooldowns:broken']);
    expect((await readdir(folder)).some((name) => name.includes('.broken.'))).toBe(true);
  });

  it('is tried again with the next change when it could not be written', async () => {
    const cooldowns = await newRun();
    use(cooldowns, 'a');
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder was');
    await expect(cooldowns.persist()).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
    await rm(folder);
    await mkdir(folder);
    await cooldowns.persist();
    expect(await savedKeys()).toEqual(['a']);
    cooldowns.dispose();
  });
});
