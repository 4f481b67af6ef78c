import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../bot/database/database.js';
import { backends, databaseOn, type TestDatabase } from '../../support/database-backends.js';

/** Never aborts: how long a connection may take is the time limit of its test. */
const { signal } = new AbortController();

/** Names and times of all files. */
function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).sort();
}

describe.each(backends)('what a standby does ahead with the database on $name', (backend) => {
  let place: TestDatabase;
  let db: Database;
  beforeAll(() => backend.start());
  afterAll(() => backend.stop());
  beforeEach(async () => {
    place = await backend.createEmpty();
    db = databaseOn(place);
  });
  afterEach(() => db.close());

  it('changes nothing, and the database works afterwards', async () => {
    const before = filesBelow(place.paths.stateDir);
    await db.prepare(signal);
    expect(filesBelow(place.paths.stateDir)).toEqual(before);
    expect(await db.connect(signal)).toMatchObject({ result: 'created' });
    await db.users.getOrCreate('11');
    expect(await db.users.getById('11')).not.toBeNull();
  });

  it('is no hindrance where somebody else migrated in between', async () => {
    await db.prepare(signal);
    const other = databaseOn(place);
    await other.connect(signal);
    await other.users.getOrCreate('12');
    await other.close();
    expect(await db.connect(signal)).toMatchObject({ result: 'current' });
    expect(await db.users.getById('12')).not.toBeNull();
  });
});

describe('the connection that a standby has to PostgreSQL', () => {
  const backend = backends[0];
  let place: TestDatabase;
  let watcher: Client;
  let db: Database;
  beforeAll(() => backend?.start());
  afterAll(() => backend?.stop());
  beforeEach(async () => {
    if (!backend) throw new Error('there is no backend');
    place = await backend.createEmpty();
    watcher = new Client({ connectionString: place.settings.DATABASE_URL });
    await watcher.connect();
    db = databaseOn(place);
  });
  afterEach(async () => {
    await db.close();
    await watcher.end();
  });

  /** Connections of Tux to this database: how they are, and what they asked last. */
  async function connections(): Promise<{ pid: number; state: string }[]> {
    const text = `SELECT pid, state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tux'`;
    return (await watcher.query<{ pid: number; state: string }>(text)).rows;
  }

  it('is one, outside of any transaction, and is the first that is used later', async () => {
    await db.prepare(signal);
    const [held, ...others] = await connections();
    expect([held?.state, others]).toEqual(['idle', []]);
    await db.connect(signal);
    expect((await connections()).map(({ pid }) => pid)).toContain(held?.pid);
  });

  it('that the server ended meanwhile is replaced', async () => {
    await db.prepare(signal);
    const [held] = await connections();
    await watcher.query('SELECT pg_terminate_backend($1)', [held?.pid]);
    await expect.poll(connections).toEqual([]);
    expect(await db.connect(signal)).toMatchObject({ result: 'created' });
    await db.users.getOrCreate('13');
  });

  it('does not hide what somebody else has done to the tables since', async () => {
    const other = databaseOn(place);
    await other.connect(signal);
    await other.close();
    await db.prepare(signal);
    await watcher.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    db.connectAhead();
    await expect(db.connect(signal)).rejects.toMatchObject({ code: 'TUX_DB_AHEAD' });
  });

  it('is refused where the database is newer than the program', async () => {
    const other = databaseOn(place);
    await other.connect(signal);
    await other.close();
    await watcher.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await expect(db.prepare(signal)).rejects.toMatchObject({ code: 'TUX_DB_AHEAD' });
    await expect.poll(connections).toEqual([]);
  });
});
