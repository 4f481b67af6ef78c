import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { DatabaseAddress } from './address.js';
import { isLockTimeout } from './database-errors.js';
import { runExclusively } from './exclusive-session.js';
import { readMigrationStatus } from './migration-status.js';
import { findSchemaProblems } from './schema-check.js';

const LOCK_TIMEOUT_MS = 30_000;

/** What {@link migrate} met: an empty database, the current schema, or an older one. */
export interface MigrationOutcome {
  readonly result: 'created' | 'current' | 'migrated';
  /** Names of the migrations that were run now. */
  readonly applied: readonly string[];
}

export interface MigrateOptions {
  readonly address: DatabaseAddress;
  readonly signal: AbortSignal;
  /** Longest wait for another migrator, in ms. Default: 30 s. */
  readonly lockTimeoutMs?: number;
}

/**
 * Brings the schema up to date and checks it against the entities, all in one transaction: afterwards either everything
 * is current, or nothing was changed. Several processes may call it at once; all but the first find it done.
 *
 * @throws TuxError TUX_DB_AHEAD, TUX_DB_MIGRATION or TUX_DB_SCHEMA (exit 78), TUX_DB_LOCK_TIMEOUT (exit 69).
 */
export async function migrate(dataSource: DataSource, options: MigrateOptions): Promise<MigrationOutcome> {
  const { address, signal, lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  return runExclusively(dataSource, { address, signal, lockTimeoutMs }, async (runner) => {
    const status = await readMigrationStatus(dataSource, runner);
    if (status.unknown.length > 0) throw aheadError(status.unknown);
    for (const migration of status.pending) {
      signal.throwIfAborted();
      await runMigration(dataSource, runner, migration);
    }
    const problems = await findSchemaProblems(dataSource, runner);
    if (problems.length > 0) throw schemaError(problems);
    return { result: outcomeOf(status), applied: status.pending.map(({ name }) => name) };
  });
}

/**
 * Looks whether the program fits the database, as far as that can be seen without changing anything: it is not newer than the
 * program, and without migrations to run its tables are as expected.
 *
 * @returns whether there is nothing to migrate.
 * @throws TuxError TUX_DB_AHEAD or TUX_DB_SCHEMA (exit 78).
 */
export async function assertCompatible(dataSource: DataSource, runner: QueryRunner): Promise<boolean> {
  if (!(await isMigrated(dataSource, runner))) return false;
  const problems = await findSchemaProblems(dataSource, runner);
  if (problems.length > 0) throw schemaError(problems);
  return true;
}

/** Whether all migrations of the program, and no others, were run. @throws TuxError TUX_DB_AHEAD (exit 78). */
async function isMigrated(dataSource: DataSource, runner: QueryRunner): Promise<boolean> {
  const { unknown, pending } = await readMigrationStatus(dataSource, runner);
  if (unknown.length > 0) throw aheadError(unknown);
  return pending.length === 0;
}

function outcomeOf(status: { applied: readonly unknown[]; pending: readonly unknown[] }): MigrationOutcome['result'] {
  if (status.pending.length === 0) return 'current';
  return status.applied.length === 0 ? 'created' : 'migrated';
}

async function runMigration(dataSource: DataSource, runner: QueryRunner, migration: Migration): Promise<void> {
  try {
    await new MigrationExecutor(dataSource, runner).executeMigration(migration);
  } catch (cause) {
    if (isLockTimeout(cause)) throw cause;
    throw new TuxError(
      'TUX_DB_MIGRATION',
      `❌ Database migration ${migration.name} failed and was rolled back: ${describeError(cause)}`,
      {
        cause,
        exitCode: ExitCode.CONFIG,
        hint: '💡 nothing was changed; put the cause right, then run: tux db migrate',
        details: { migration: migration.name },
      },
    );
  }
}

function aheadError(unknown: readonly string[]): TuxError {
  return new TuxError(
    'TUX_DB_AHEAD',
    `❌ The database is newer than this program: it has ${unknown.join(', ')}, which this release does not know`,
    {
      exitCode: ExitCode.CONFIG,
      hint: '💡 start the release that was used last, or restore a backup from before it; nothing was changed',
      details: { unknown },
    },
  );
}

function schemaError(problems: readonly string[]): TuxError {
  return new TuxError('TUX_DB_SCHEMA', `❌ The database schema is damaged: ${problems.join('; ')}`, {
    exitCode: ExitCode.CONFIG,
    hint: '💡 somebody changed the tables by hand; undo that or restore a backup, then run: tux db status',
    details: { problems },
  });
}
