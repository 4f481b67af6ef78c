import { beforeEach, describe, expect, it } from 'vitest';
import { type EarnedGain, EarnedXp } from '../../../../../bot/cogs/levels/earned-xp.js';
import { GATHER_MS, RETRY_MS, XpWriter } from '../../../../../bot/cogs/levels/xp-writer.js';
import { TuxError } from '../../../../../shared/errors.js';
import { FakeClock } from '../../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../../support/framework-fakes.js';

describe('XpWriter', () => {
  let clock: FakeClock;
  let earned: EarnedXp;
  let logger: ReturnType<typeof recordingLogger>;
  let stored: string[][];
  let failure: Error | null;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    earned = new EarnedXp();
    logger = recordingLogger();
    stored = [];
    failure = null;
    stop = new AbortController();
    const store = async (gains: readonly EarnedGain[]) => {
      stored.push(gains.map(({ userId }) => userId));
      if (failure) throw failure;
    };
    running = new XpWriter({ earned, store, clock, log: logger.log }).run(stop.signal);
  });

  function say(userId: string): void {
    const at = new Date(clock.now());
    earned.add({ guildId: 'g', channelId: 'c', userId, eventId: `${userId}-${clock.now()}`, amount: 20, at });
  }

  async function end(): Promise<void> {
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  }

  it('stores together what was earned within half a second, and nothing when nothing was', async () => {
    await clock.advance(60_000);
    expect(clock.pending).toBe(0); // it does not even look
    for (const user of ['alice', 'bob', 'carol']) say(user);
    await clock.advance(GATHER_MS - 1);
    expect(stored).toEqual([]);
    say('dave');
    await clock.advance(1);
    expect(stored).toEqual([['alice', 'bob', 'carol', 'dave']]);
    say('erin');
    await clock.advance(GATHER_MS);
    expect(stored[1]).toEqual(['erin']);
    await end();
  });

  it('keeps what a lost database does not take, warns once, and stores it when the database is back', async () => {
    failure = new TuxError('TUX_DB_UNREACHABLE', 'gone');
    for (let second = 0; second < 60; second += 1) {
      say(`user ${second}`);
      await clock.advance(1_000);
    }
    expect(stored.length).toBe(1 + Math.floor((60_000 - GATHER_MS) / RETRY_MS));
    expect(logger.events()).toEqual(['levels:store:failed']);
    failure = null;
    await clock.advance(RETRY_MS);
    expect(stored.at(-1)).toEqual(Array.from({ length: 60 }, (_, second) => `user ${second}`));
    expect(logger.events()).toEqual(['levels:store:failed', 'levels:store:recovered']);
    say('later');
    await clock.advance(GATHER_MS);
    expect(stored.at(-1)).toEqual(['later']);
    await end();
  });

  it('drops what the database refuses, so that the rest is not held up', async () => {
    failure = new RangeError('integer out of range');
    say('poison');
    await clock.advance(GATHER_MS);
    failure = null;
    say('alice');
    await clock.advance(GATHER_MS);
    expect(stored).toEqual([['poison'], ['alice']]);
    expect(logger.events()).toEqual(['levels:store:refused']);
    await end();
  });

  it('stores what is left when it is told to end', async () => {
    say('alice');
    await clock.settle();
    await end();
    expect(stored).toEqual([['alice']]);
  });

  it('ends at once while the database is away', async () => {
    failure = new TuxError('TUX_DB_UNREACHABLE', 'gone');
    say('alice');
    await clock.advance(GATHER_MS);
    await end();
    expect(stored).toHaveLength(1);
  });

  it('gives up on a database that does not answer, and keeps the xp', async () => {
    await end();
    stop = new AbortController();
    const store = () => new Promise<void>(() => {});
    running = new XpWriter({ earned, store, clock, log: logger.log }).run(stop.signal);
    say('alice');
    await clock.advance(GATHER_MS + 10_000);
    expect(earned.waiting).toBe(1);
    expect(logger.events()).toEqual(['levels:store:failed']);
    await end();
  });
});
