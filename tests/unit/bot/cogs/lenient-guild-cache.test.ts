import { beforeEach, describe, expect, it } from 'vitest';
import { LenientGuildCache } from '../../../../bot/cogs/lenient-guild-cache.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

describe('a lenient guild cache', () => {
  let clock: FakeClock;
  let logger: ReturnType<typeof recordingLogger>;
  let reads: string[];
  let failure: Error | null;
  let cache: LenientGuildCache<string>;

  beforeEach(() => {
    clock = new FakeClock();
    logger = recordingLogger();
    reads = [];
    failure = null;
    const load = async (guildId: string) => {
      reads.push(guildId);
      if (failure) throw failure;
      return `value of ${guildId}`;
    };
    cache = new LenientGuildCache({ load, clock, log: logger.log, what: 'absences' });
  });

  it('reads a guild once, and again after half an hour or a deletion', async () => {
    expect(await Promise.all([cache.get('1'), cache.get('1')])).toEqual(['value of 1', 'value of 1']);
    await clock.advance(29 * 60_000);
    await cache.get('1');
    expect(reads).toEqual(['1']);
    await clock.advance(60_000);
    await cache.get('1');
    cache.delete('1');
    await cache.get('1');
    expect(reads).toEqual(['1', '1', '1']);
  });

  it('knows nothing while the database is away, warns once and asks seldom', async () => {
    await cache.get('known');
    failure = new Error('away');
    for (let second = 0; second < 60; second += 1) {
      expect(await cache.get('1')).toBeNull();
      expect(await cache.get('2')).toBeNull();
      expect(await cache.get('known')).toBe('value of known');
      await clock.advance(1_000);
    }
    expect(logger.events()).toEqual(['guild-cache:unavailable']);
    expect(reads.length).toBeLessThanOrEqual(4);
    failure = null;
    await clock.advance(30_000);
    expect(await cache.get('1')).toBe('value of 1');
    failure = new Error('away again');
    expect(await cache.get('3')).toBeNull();
    expect(logger.events()).toEqual(['guild-cache:unavailable', 'guild-cache:unavailable']);
  });
});
