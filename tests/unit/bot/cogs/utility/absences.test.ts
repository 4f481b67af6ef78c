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
    fakes = fakeServices({ database: { absences: table } as never });
    absences = new Absences(fakes.services);
  });

  it('are read once, and kept in step from then on', async () => {
    rows = [{ guildId: GUILD, userId: '8', reason: 'old', since: new Date(0) }];
    await absences.begin(GUILD, lunch);
    expect([...(await absences.of(GUILD)).keys()].sort()).toEqual(['7', '8']);
    expect(await absences.end(GUILD, '8', 2_000)).toBe(true);
    expect([...(await absences.of(GUILD)).values()]).toEqual([lunch]);
    expect(reads).toBe(1);
    absences.forget(GUILD);
    await absences.of(GUILD);
    expect(reads).toBe(2);
  });

  it('do not end with what was written before', async () => {
    await absences.begin(GUILD, lunch);
    expect(await absences.end(GUILD, '7', 1_000)).toBe(false);
    expect((await absences.of(GUILD)).has('7')).toBe(true);
  });

  it('are nobody while the database is away, with one warning', async () => {
    await absences.begin(GUILD, lunch);
    failure = new Error('away');
    expect(await absences.end(GUILD, '7', 2_000)).toBe(false);
    for (let message = 0; message < 100; message += 1) expect((await absences.of(GUILD)).size).toBe(0);
    expect(fakes.logger.events()).toEqual(['guild-cache:unavailable']);
    expect(reads).toBe(2);
    await expect(absences.begin(GUILD, lunch)).rejects.toThrow('away');
    failure = null;
    await fakes.clock.advance(30_000);
    expect((await absences.of(GUILD)).has('7')).toBe(true);
  });
});
