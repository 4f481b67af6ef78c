import { Client, type PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { DeadlineError, deadline } from '../../shared/deadline.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { clientConfig, type DatabaseAddress } from './address.js';
import { isLockTimeout } from './database-errors.js';

/** Advisory lock of everything that changes the schema: "tux" in ASCII, and 1. */
export const MIGRATION_LOCK = { classId: 0x747578, objectId: 1 } as const;

/** How much later than the server the client gives up: the server's answer is the better one. */
const CLIENT_GRACE_MS = 1_000;
const TERMINATE_TIMEOUT_MS = 2_000;

export interface ExclusiveSessionOptions {
  readonly address: DatabaseAddress;
  /** Longest wait for the lock, and within the work for any other lock. */
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` in one transaction that holds {@link MIGRATION_LOCK}, and commits it; any error rolls it back. The lock
 * belongs to the transaction, so no way of dying can leave it behind.
 *
 * Aborting ends the work within about two seconds, also in the middle of a blocked statement: the server is told to
 * terminate the session, then the connection is cut.
 *
 * @throws TuxError TUX_DB_LOCK_TIMEOUT (exit 69) when a lock could not be had in time; the signal's reason when it
 * aborted; else what `work` threw.
 */
export async function runExclusively<T>(
  dataSource: DataSource,
  options: ExclusiveSessionOptions,
  work: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const { signal, lockTimeoutMs } = options;
  signal.throwIfAborted();
  const runner = dataSource.createQueryRunner();
  const client: PoolClient = await runner.connect();
  let cutting: Promise<void> | undefined;
  const cut = () => {
    cutting ??= cutConnection(client, options.address);
  };
  signal.addEventListener('abort', cut, { once: true });
  try {
    await deadline('migration lock', lockTimeoutMs + CLIENT_GRACE_MS, () => takeLock(runner, lockTimeoutMs), signal);
    const result = await work(runner);
    // Nothing may be committed for somebody who has gone away.
    signal.throwIfAborted();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeadlineError) cut();
    else await rollBack(runner);
    throw error instanceof DeadlineError || isLockTimeout(error) ? lockTimeoutError(lockTimeoutMs, error) : error;
  } finally {
    signal.removeEventListener('abort', cut);
    await cutting; // the pool must not hand out a connection that is about to be cut
    await runner.release();
  }
}

async function takeLock(runner: QueryRunner, lockTimeoutMs: number): Promise<void> {
  await runner.startTransaction();
  await runner.query(`SET LOCAL lock_timeout = ${Math.ceil(lockTimeoutMs)}`);
  await runner.query('SET LOCAL statement_timeout = 0');
  await runner.query('SELECT pg_advisory_xact_lock($1, $2)', [MIGRATION_LOCK.classId, MIGRATION_LOCK.objectId]);
}

async function rollBack(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive || runner.isReleased) return;
  await runner.rollbackTransaction().catch(() => {}); // the connection is gone, and the transaction with it
}

/**
 * A server does not notice a closed socket while it waits for a lock, so it is asked to end the session first. The
 * embedded database has a single backend, which must not be ended; it rolls back when the socket closes.
 */
async function cutConnection(client: PoolClient, address: DatabaseAddress): Promise<void> {
  if (address.kind === 'server') {
    await deadline('ending the session', TERMINATE_TIMEOUT_MS, () => terminateBackend(client, address)).catch(() => {});
  }
  // A pooled client is a Client as well: ended with a query under way, it destroys its socket.
  await (client as PoolClient & Client).end().catch(() => {});
}

async function terminateBackend(client: PoolClient, address: DatabaseAddress): Promise<void> {
  const { processID } = client as PoolClient & { processID: number | null };
  const other = new Client({ ...clientConfig(address), connectionTimeoutMillis: TERMINATE_TIMEOUT_MS });
  other.on('error', () => {});
  try {
    await other.connect();
    await other.query('SELECT pg_terminate_backend($1)', [processID]);
  } finally {
    await other.end();
  }
}

function lockTimeoutError(lockTimeoutMs: number, cause: unknown): TuxError {
  const { classId, objectId } = MIGRATION_LOCK;
  return new TuxError(
    'TUX_DB_LOCK_TIMEOUT',
    `❌ Database migration got no lock within ${lockTimeoutMs} ms (advisory lock ${classId}, ${objectId}, or a table)`,
    {
      cause,
      exitCode: ExitCode.UNAVAILABLE,
      hint: '💡 another Tux may be migrating, or a transaction is open: see pg_locks and pg_stat_activity',
    },
  );
}
