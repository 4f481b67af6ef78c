import 'reflect-metadata';
import { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { deadline } from '../../shared/deadline.js';
import type { Logger } from '../../shared/logging/logger.js';
import { clientConfig, type DatabaseAddress, describeAddress } from './address.js';
import { connectionError } from './database-errors.js';
import { entities } from './entities/all.js';
import { migrations } from './migrations/all.js';

/** One connection attempt, and the wait for a free connection of the pool. */
const CONNECT_TIMEOUT_MS = 4_000;
/** Longest statement: somebody waits for it in Discord. Migrations lift it for themselves. */
const STATEMENT_TIMEOUT_MS = 3_000;
/** A transaction that was forgotten is rolled back by the server, so that it cannot hold its locks for ever. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 4_000;

export interface DataSourceDeps {
  readonly address: DatabaseAddress;
  readonly log: Logger;
  /** Default: those of this release. Tests play past and future releases with others. */
  readonly migrations?: DataSourceOptions['migrations'];
}

/**
 * Makes the TypeORM data source of an address; it connects in `initialize()`. The schema is changed by migrations alone
 * (`synchronize` stays off), and connections that break while idle are logged and replaced by the pool.
 */
export function createDataSource(deps: DataSourceDeps): DataSource {
  const { address, log } = deps;
  return new DataSource({
    type: 'postgres',
    entities,
    migrations: deps.migrations ?? migrations,
    synchronize: false,
    logging: false,
    installExtensions: false,
    applicationName: 'tux',
    poolSize: address.poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: (error: Error) => {
      log.warn(
        { event: 'database:connection:lost', database: describeAddress(address), err: error },
        '⚠️ A database connection broke while idle; the pool replaces it',
      );
    },
    extra: { ...clientConfig(address), keepAlive: true, ...timeouts(address) },
  });
}

/** The embedded database runs in one thread without timers of its own: it knows no statement timeout. */
function timeouts(address: DatabaseAddress): Record<string, number> {
  if (address.kind === 'embedded') return {};
  return {
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  };
}

/**
 * Connects a new data source.
 *
 * @throws TuxError as {@link connectionError}; the signal's reason when it aborts. Nothing is left open then.
 */
export async function openDataSource(deps: DataSourceDeps, signal: AbortSignal): Promise<DataSource> {
  const dataSource = createDataSource(deps);
  const connecting = dataSource.initialize();
  try {
    // A little more than the driver's own limit, whose error says more.
    return await deadline('connecting to the database', CONNECT_TIMEOUT_MS + 1_000, () => connecting, signal);
  } catch (error) {
    void connecting.then(() => dataSource.destroy()).catch(() => {}); // it may still come through, late
    signal.throwIfAborted();
    throw connectionError(error, deps.address);
  }
}

/**
 * Asks for an answer over a new connection, past the pool, in at most 8 s.
 *
 * @throws what the driver throws; the signal's reason.
 */
export async function probeDatabase(address: DatabaseAddress, signal: AbortSignal): Promise<void> {
  const client = new Client({
    ...clientConfig(address),
    application_name: 'tux probe',
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => {}); // it rejects what is under way, too
  try {
    await deadline(
      'asking the database',
      2 * PROBE_TIMEOUT_MS,
      () => client.connect().then(() => client.query('SELECT 1')),
      signal,
    );
  } finally {
    void client.end().catch(() => {});
  }
}
