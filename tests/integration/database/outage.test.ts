import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../../bot/database/database.js';
import type { TuxError } from '../../../shared/errors.js';
import { silentLogger } from '../../../shared/logging/logger.js';
import { foldersBelow } from '../../support/database-backends.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { eventually } from '../../support/processes.js';

const { signal } = new AbortController();

let server: PostgresServer;
let folder: string;
let url: string;
let db: Database;
/** What the database told of itself: a code, or `ok`. */
let told: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-outage-'));
  server = await startPostgres();
  url = await server.createDatabase();
});
afterAll(async () => {
  await db.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await db?.close();
  told = [];
  db = new Database({
    settings: { DATABASE_URL: url, DATABASE_POOL_SIZE: 3, DATABASE_TLS: 'off' },
    paths: foldersBelow(folder),
    log: silentLogger(),
    onOutage: (problem) => told.push(problem?.code ?? 'ok'),
  });
  await db.connect(signal);
  await db.users.getOrCreate('1');
});

function failureOf(work: Promise<unknown>): Promise<TuxError> {
  return work.then(
    () => {
      throw new Error('it worked');
    },
    (error: TuxError) => error,
  );
}

/** Leaves the circuit open. */
async function failTwice(): Promise<string[]> {
  const errors = [await failureOf(db.users.getById('1')), await failureOf(db.users.getById('1'))];
  return errors.map(({ code }) => code);
}

const isHealed = () => told.at(-1) === 'ok';

describe('an outage of PostgreSQL', () => {
  test('is said at once and once, by every way into the database, and heals by itself', async () => {
    await server.pause();
    expect(await failTwice()).toEqual(['TUX_DB_UNREACHABLE', 'TUX_DB_UNREACHABLE']);
    expect(told).toEqual(['TUX_DB_UNREACHABLE']);
    const startedAt = performance.now();
    const ways = [db.users.getOrCreate('2'), db.transaction((inside) => inside.users.getOrCreate('2')), db.ping()];
    for (const error of await Promise.all(ways.map(failureOf))) {
      expect(error).toMatchObject({ code: 'TUX_DB_UNREACHABLE', exitCode: 69 });
      expect(error.message).not.toContain('correct-horse');
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await server.resume();
    await eventually('the database is noticed', isHealed);
    expect(await db.users.getById('1')).not.toBeNull();
    expect(await db.users.getById('2')).toBeNull();
    expect(told).toEqual(['TUX_DB_UNREACHABLE', 'ok']);
  });

  test('is noticed within the limit of a statement when the server freezes, and costs nobody more than that', async () => {
    await Promise.all(['1', '2', '3'].map((id) => db.users.getById(id))); // several connections are open
    server.freeze();
    const startedAt = performance.now();
    expect(await failTwice()).toEqual(['TUX_DB_UNREACHABLE', 'TUX_DB_UNREACHABLE']);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    const openAt = performance.now();
    expect((await failureOf(db.users.getById('1'))).code).toBe('TUX_DB_UNREACHABLE');
    expect(performance.now() - openAt).toBeLessThan(1_000);
    server.thaw();
    await eventually('the database is noticed', isHealed);
    // As many as there are connections: none of them is one that was cut.
    const users = await Promise.all(['1', '1', '1', '1'].map((id) => db.users.getById(id)));
    expect(users.every(Boolean)).toBe(true);
  });

  test('tells a change that may have happened from one that did not', async () => {
    server.freeze();
    const [write, transaction] = await Promise.all([
      failureOf(db.users.getOrCreate('3')),
      failureOf(db.transaction((inside) => inside.users.getOrCreate('4'))),
    ]);
    expect(write.code).toBe('TUX_DB_UNCERTAIN');
    expect(transaction.code).toBe('TUX_DB_UNREACHABLE');
    server.thaw();
    await eventually('the database is noticed', isHealed);
    expect(await db.users.getById('4')).toBeNull();
  });

  test('leaves no transaction open: what was begun before it is rolled back', async () => {
    const error = await failureOf(
      db.transaction(async (inside) => {
        await inside.users.getOrCreate('5');
        await server.pause();
        await inside.users.getOrCreate('6');
      }),
    );
    expect(error.code).toBe('TUX_DB_UNREACHABLE');
    await server.resume();
    await eventually('the database is noticed', async () => {
      return (await db.users.getById('1').catch(() => null)) !== null;
    });
    expect(await db.users.getById('5')).toBeNull();
  });

  test('is not what a statement that waits too long for a lock is taken for', async () => {
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE users');
    const errors = [await failureOf(db.users.getById('1')), await failureOf(db.users.getById('1'))];
    expect(errors.map(({ code }) => code)).toEqual(['TUX_DB_SLOW', 'TUX_DB_SLOW']);
    expect(told).toEqual([]);
    await other.query('ROLLBACK');
    await other.end();
    expect(await db.users.getById('1')).not.toBeNull();
  });

  test('ends its probing with the connection', async () => {
    await server.pause();
    await failTwice();
    await db.close();
    await server.resume();
    const probe = new Client({ connectionString: url });
    await probe.connect();
    const { rows } = await probe.query("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tux%'");
    const ended = once(probe, 'end');
    await probe.end();
    await ended;
    expect(rows).toEqual([]);
    expect(told).toEqual(['TUX_DB_UNREACHABLE']);
  });
});
