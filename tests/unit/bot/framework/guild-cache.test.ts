import { describe, expect, it } from 'vitest';
import { GuildCache, type GuildCacheOptions } from '../../../../bot/framework/guild-cache.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

/** Each read gives one more than the one before, or fails while `failure` is set. */
function build(options: Partial<GuildCacheOptions<number>> = {}) {
  const world = { clock: new FakeClock(), reads: 0, failure: null as Error | null, served: [] as string[] };
  const cache = new GuildCache<number>({
    load: async () => {
      world.reads += 1;
      const value = world.reads;
      if (world.failure) throw world.failure;
      return value;
    },
    clock: world.clock,
    maxAgeMs: 1_000,
    ...options,
  });
  return Object.assign(world, { cache });
}

function buildStale() {
  const served: string[] = [];
  const onServed = (guildId: string, error: unknown) => void served.push(`${guildId}: ${(error as Error).message}`);
  return Object.assign(build({ stale: { retryAfterMs: 100, onServed } }), { served });
}

describe('GuildCache', () => {
  it('reads once for all who ask meanwhile, and again when the value is too old', async () => {
    const world = build();
    expect(await Promise.all([world.cache.get('a'), world.cache.get('a'), world.cache.get('b')])).toEqual([1, 1, 2]);
    await world.clock.advance(999);
    expect(await world.cache.get('a')).toBe(1);
    await world.clock.advance(1);
    expect(await world.cache.get('a')).toBe(3);
  });

  it('counts the lookups that it answered and those that it had to pass on', async () => {
    const world = build();
    world.cache.peek('a');
    await Promise.all([world.cache.get('a'), world.cache.get('a'), world.cache.get('b')]);
    await world.cache.peek('a');
    expect(world.cache.counts).toEqual({ hits: 2, misses: 2 });
  });

  it('does not remember a failure', async () => {
    const world = build();
    world.failure = new Error('down');
    await expect(world.cache.get('a')).rejects.toThrow('down');
    world.failure = null;
    expect(await world.cache.get('a')).toBe(2);
  });

  it('does not keep what was being read when it was told to forget', async () => {
    const world = build();
    const reading = world.cache.get('a');
    world.cache.delete('a');
    expect(await reading).toBe(1);
    expect(await world.cache.get('a')).toBe(2);
  });

  it('keeps the guilds that were asked for last', async () => {
    const world = build({ maxGuilds: 2 });
    await world.cache.get('a');
    await world.cache.get('b');
    await world.cache.get('a');
    await world.cache.get('c');
    expect([world.cache.peek('a'), world.cache.peek('b'), world.cache.peek('c')].map(Boolean)).toEqual([
      true,
      false,
      true,
    ]);
  });

  describe('that may serve old values', () => {
    it('does so while reads fail, tries again after a while, and goes on as before when one succeeds', async () => {
      const world = buildStale();
      await world.cache.get('a');
      await world.clock.advance(1_000);
      world.failure = new Error('down');
      expect(await Promise.all([world.cache.get('a'), world.cache.get('a')])).toEqual([1, 1]);
      expect(world.served).toEqual(['a: down']);
      await world.clock.advance(99);
      await world.cache.get('a');
      expect(world.reads).toBe(2);
      await world.clock.advance(1);
      expect(await world.cache.get('a')).toBe(1);
      expect(world.reads).toBe(3);
      world.failure = null;
      await world.clock.advance(100);
      expect(await world.cache.get('a')).toBe(4);
      await world.clock.advance(999);
      expect(await world.cache.get('a')).toBe(4);
    });

    it('has none to serve of a guild that it never read, or was told to forget', async () => {
      const world = buildStale();
      await world.cache.get('a');
      world.failure = new Error('down');
      world.cache.delete('a');
      await expect(world.cache.get('a')).rejects.toThrow('down');
      await expect(world.cache.get('b')).rejects.toThrow('down');
      expect(world.served).toEqual([]);
    });

    it('still has the value of a guild that is to be read again', async () => {
      const world = buildStale();
      await world.cache.get('a');
      world.cache.expire('a');
      world.cache.expire('b');
      world.failure = new Error('down');
      expect(await world.cache.get('a')).toBe(1);
      world.failure = null;
      world.cache.expire('a');
      expect(await world.cache.get('a')).toBe(3);
    });
  });
});
