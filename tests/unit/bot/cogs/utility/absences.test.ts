import { beforeEach, describe, expect, it } from 'vitest';
import { Absences } from '../../../../../bot/cogs/utility/absences.js';
import { fakeServices } from '../../../../support/framework-fakes.js';

const GUILD = '200000000000000001';
const lunch = { userId: '7', reason: 'lunch', sinceMs: 1_000 };

interface Row {
  guildId: string;
  userId: string;
  reason: string;
  since: Date;
}

describe('the absences of a guild', () => {
  let rows: Row[];
  let failure: Error | null;
  let reads: number;
  let fakes: ReturnType<typeof fakeServices>;
  let absences: Absences;
  let done: Map<string, unknown>;
  let events = 0;

  /** Another event each time. */
  const event = (name = String(events++)) => ({
    services: fakes.services,
    effectKey: (index: number) => `${name}-${index}`,
  });

  beforeEach(() => {
    rows = [];
    failure = null;
    reads = 0;
    const table = {
      async set(row: Row) {
        if (failure) throw failure;
        rows = [...rows.filter(({ userId }) => userId !== row.userId), row];
      },
      async end(_guildId: string, userId: string, at: Date) {
        if (failure) throw failure;
        const kept = rows.filter((row) => row.userId !== userId || row.since >= at);
        const wasAway = kept.length < rows.length;
        rows = kept;
        return wasAway;
      },
      async list() {
        reads += 1;
        if (failure) throw failure;
        return rows;
      },
    };
    done = new Map();
    const effects = {
      find: async (key: string) => (done.has(key) ? { result: done.get(key) } : null),
      once: async (key: string, work: () => Promise<unknown>) => {
        if (!done.has(key)) done.set(key, await work());
        return done.get(key);
      },
    };
    const database = { absences: table, effects, transaction: (work: (db: object) => unknown) => work(database) };
    fakes = fakeServices({ database: database as never });
    absences = new Absences(fakes.services);
  });

  it('are read once, and kept in step from then on', async () => {
    rows = [{ guildId: GUILD, userId: '8', reason: 'old', since: new Date(0) }];
    await absences.begin(event(), GUILD, lunch);
    expect([...(await absences.of(GUILD)).keys()].sort()).toEqual(['7', '8']);
    const old = { userId: '8', reason: 'old', sinceMs: 0 };
    expect(await absences.end(event('back'), GUILD, old, 2_000)).toEqual(old);
    expect(await absences.endedBy(event('back'))).toEqual(old);
    expect(await absences.endedBy(event())).toBeNull();
    expect([...(await absences.of(GUILD)).values()]).toEqual([lunch]);
    expect(reads).toBe(1);
    absences.forget(GUILD);
    await absences.of(GUILD);
    expect(reads).toBe(2);
  });

  it('do not end with what was written before', async () => {
    await absences.begin(event(), GUILD, lunch);
    expect(await absences.end(event(), GUILD, lunch, 1_000)).toBeNull();
    expect((await absences.of(GUILD)).has('7')).toBe(true);
  });

  it('are nobody while the database is away, with one warning', async () => {
    await absences.begin(event(), GUILD, lunch);
    failure = new Error('away');
    expect(await absences.end(event(), GUILD, lunch, 2_000)).toBeNull();
    for (let message = 0; message < 100; message += 1) expect((await absences.of(GUILD)).size).toBe(0);
    expect(fakes.logger.events()).toEqual(['guild-cache:unavailable']);
    expect(reads).toBe(2);
    await expect(absences.begin(event(), GUILD, lunch)).rejects.toThrow('away');
    failure = null;
    await fakes.clock.advance(30_000);
    expect((await absences.of(GUILD)).has('7')).toBe(true);
  });
});
