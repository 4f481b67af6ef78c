import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATION_LOCK } from '../../../bot/database/exclusive-session.js';
import { migrate } from '../../../bot/database/migration-runner.js';
import { migrations } from '../../../bot/database/migrations/all.js';
import { backends, OpenDatabase } from '../../support/database-backends.js';

/** A migration of a release to come. */
class AddNickname implements MigrationInterface {
  readonly name = 'AddNickname1767225600004';
  async up(runner: QueryRunner) {
    await runner.query('ALTER TABLE users ADD COLUMN nickname text');
  }
  async down() {}
}

class FailHalfWay implements MigrationInterface {
  readonly name = 'FailHalfWay1767225600005';
  async up(runner: QueryRunner) {
    await runner.query('CREATE TABLE half_done (id integer)');
    await runner.query('ALTER TABLE nowhere ADD COLUMN x integer');
  }
  async down() {}
}

const released = [...migrations];
const migrationNames = ['CreateTables1767225600001', 'ServeGuilds1767225600002', 'EffectsOnce1767225600003'];
/** Never aborts: how long a migration may take is the time limit of its test. */
const { signal } = new AbortController();

describe.each(backends)('migrations on $name', (backend) => {
  let database: OpenDatabase;
  beforeAll(async () => {
    await backend.start();
    database = await OpenDatabase.open(await backend.createEmpty());
  });
  afterAll(async () => {
    await database.close();
    await backend.stop();
  });
  afterEach(() => database.reset());

  async function migrateWith(migrations: (new () => MigrationInterface)[]) {
    const dataSource = await database.connect(migrations);
    return migrate(dataSource, { address: database.address, signal });
  }

  /** Another migrator that takes its time. */
  async function holdMigrationLock(): Promise<QueryRunner> {
    const other = (await database.connect()).createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT pg_advisory_xact_lock($1, $2)', [MIGRATION_LOCK.classId, MIGRATION_LOCK.objectId]);
    return other;
  }

  async function tableNames(): Promise<string[]> {
    const rows: { name: string }[] = await (await database.connect()).query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }

  test('an empty database is created', async () => {
    expect(await migrateWith(released)).toEqual({ result: 'created', applied: migrationNames });
    expect(await tableNames()).toContain('snippets');
  });

  test('a current database is left alone', async () => {
    await migrateWith(released);
    expect(await migrateWith(released)).toEqual({ result: 'current', applied: [] });
  });

  test('a database of an earlier release gets what is missing, and keeps its rows', async () => {
    await migrateWith(released);
    const before = await database.connect();
    await before.query(`INSERT INTO users (id) VALUES ('42')`);
    expect(await migrateWith([...released, AddNickname])).toEqual({
      result: 'migrated',
      applied: ['AddNickname1767225600004'],
    });
    expect(await before.query('SELECT id, nickname FROM users')).toEqual([{ id: '42', nickname: null }]);
  });

  test('a database of a later release is refused by name and not touched', async () => {
    await migrateWith([...released, AddNickname]);
    await expect(migrateWith(released)).rejects.toMatchObject({
      code: 'TUX_DB_AHEAD',
      exitCode: 78,
      message: expect.stringContaining('AddNickname1767225600004'),
      hint: expect.any(String),
    });
    expect(await (await database.connect()).query('SELECT name FROM migrations')).toHaveLength(released.length + 1);
  });

  test.each([
    ['ALTER TABLE cases DROP COLUMN reason', 'column cases.reason is missing'],
    ['ALTER TABLE levels ALTER COLUMN xp TYPE bigint', 'column levels.xp is bigint, expected integer'],
    [
      'ALTER TABLE guild_config ALTER COLUMN prefix TYPE varchar(3)',
      'column guild_config.prefix is character varying(3)',
    ],
    ['DROP TABLE snippets', 'table snippets is missing'],
    ['ALTER TABLE users ALTER COLUMN last_seen_at DROP NOT NULL', 'column users.last_seen_at is NULL'],
  ])('a schema damaged by "%s" is refused, and the damage named', async (damage, problem) => {
    await migrateWith(released);
    await (await database.connect()).query(damage);
    await expect(migrateWith(released)).rejects.toMatchObject({
      code: 'TUX_DB_SCHEMA',
      exitCode: 78,
      message: expect.stringContaining(problem),
    });
  });

  test('a failing migration is named, and takes everything back, the earlier ones of the same start too', async () => {
    await migrateWith(released);
    await expect(migrateWith([...released, AddNickname, FailHalfWay])).rejects.toMatchObject({
      code: 'TUX_DB_MIGRATION',
      exitCode: 78,
      message: expect.stringContaining('FailHalfWay1767225600005'),
    });
    expect(await tableNames()).not.toContain('half_done');
    expect(await migrateWith(released)).toMatchObject({ result: 'current' });
  });

  test('every migration can be undone', async () => {
    await migrateWith(released);
    const dataSource = await database.connect(released);
    for (const _ of released) await dataSource.undoLastMigration();
    expect(await tableNames()).toEqual(['migrations']);
    expect(await migrateWith(released)).toMatchObject({ result: 'created' });
  });

  test('of several migrators at once, one does the work', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => migrateWith(released)));
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['created', 'current', 'current']);
  });

  test('a lock that somebody else keeps ends the wait with an error that names it', async () => {
    // Connected before: while a transaction is open, the embedded database lets nobody in.
    const dataSource = await database.connect(released);
    const other = await holdMigrationLock();
    const options = { address: database.address, signal, lockTimeoutMs: 200 };
    await expect(migrate(dataSource, options)).rejects.toMatchObject({
      code: 'TUX_DB_LOCK_TIMEOUT',
      exitCode: 69,
      message: expect.stringContaining('advisory lock 7632248, 1'),
    });
    await other.rollbackTransaction();
    await other.release();
    expect(await migrateWith(released)).toMatchObject({ result: 'created' });
  });

  test('a migration that is blocked ends as soon as it is called off, and leaves no session behind', async () => {
    const dataSource = await database.connect(released);
    const other = await holdMigrationLock();
    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    const migrating = migrate(dataSource, { address: database.address, signal: controller.signal });
    const result = expect(migrating).rejects.toBe(reason);
    // The embedded database queues sessions outside of PostgreSQL, where nobody can look: give it one turn instead.
    if (database.address.kind === 'server') await waitForBlockedSessions(other, 1);
    else await other.query('SELECT 1');
    const abortedAt = performance.now();
    controller.abort(reason);
    await result;
    expect(performance.now() - abortedAt).toBeLessThan(10_000); // the lock is waited for three times as long
    if (database.address.kind === 'server') await waitForBlockedSessions(other, 0);
    await other.rollbackTransaction();
    await other.release();
    expect(await migrateWith(released)).toMatchObject({ result: 'created' });
  });
});

async function blockedSessions(runner: QueryRunner): Promise<number> {
  // Within a transaction PostgreSQL keeps showing the sessions that were there when it was first asked.
  await runner.query('SELECT pg_stat_clear_snapshot()');
  const rows: { count: number }[] = await runner.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}

/** A session that was told to end does so when it next gets a processor. */
async function waitForBlockedSessions(runner: QueryRunner, count: number): Promise<void> {
  await expect.poll(() => blockedSessions(runner), { timeout: 15_000 }).toBe(count);
}
