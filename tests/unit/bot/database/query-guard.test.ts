import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatabaseAddress } from '../../../../bot/database/address.js';
import type { DatabaseCircuit } from '../../../../bot/database/database-circuit.js';
import { guardQueries } from '../../../../bot/database/query-guard.js';

const address: DatabaseAddress = { kind: 'embedded', socketPath: '/none', poolSize: 1 };

let answer: (rows: unknown) => void;
let ends: number;
let noted: string[];

/** Sends a statement that the database answers when the test says so. */
function query(): Promise<unknown> {
  let fail: (error: Error) => void = () => {};
  const runner = {
    isTransactionActive: false,
    connect: async () => ({
      end: async () => {
        ends += 1;
        fail(new Error('Connection terminated'));
      },
    }),
    query: () =>
      new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
      }),
  };
  const source = { driver: { createQueryRunner: () => runner } } as unknown as DataSource;
  const circuit = {
    assertClosed: () => {},
    noteAnswer: () => noted.push('answer'),
    noteFailure: ({ code }: { code: string }) => noted.push(code),
  };
  guardQueries(source, { address, circuit: circuit as unknown as DatabaseCircuit });
  return source.driver.createQueryRunner('master').query('SELECT 1');
}

beforeEach(() => {
  ends = 0;
  noted = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a statement that is not answered in time', () => {
  it('fails, and its connection is cut', async () => {
    const failed = expect(query()).rejects.toMatchObject({ code: 'TUX_DB_UNREACHABLE' });
    await nextTurn();
    vi.advanceTimersByTime(3_999);
    await nextTurn();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(1);
    await failed;
    expect([ends, noted]).toEqual([1, ['TUX_DB_UNREACHABLE']]);
  });

  it('does not, when it was this process that stood still: the answer is there, and only has to be read', async () => {
    const result = query();
    await nextTurn();
    vi.advanceTimersByTime(60_000); // the timer rings first when the process goes on
    answer(['row']); // then what has come meanwhile is read
    expect(await result).toEqual(['row']);
    await nextTurn();
    expect([ends, noted]).toEqual([0, ['answer']]);
  });
});
