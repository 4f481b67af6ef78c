import type { TuxError } from '../../shared/errors.js';
import { describeError } from '../../shared/errors.js';
import type { Service } from '../../shared/lifecycle/service.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import type { Logger } from '../../shared/logging/logger.js';
import { type DatabaseSettings, describeAddress } from './address.js';
import { Database, type DatabaseDeps } from './database.js';

/** One try may have to create the embedded database, or to wait for another process's migration. */
const INITIALIZE_TIMEOUT_MS = 60_000;
/** Above the sum of what closing the pool and the embedded database may take. */
const CLEANUP_TIMEOUT_MS = 12_000;

export interface DatabaseServiceDeps {
  readonly config: { readonly env: DatabaseSettings };
  readonly paths: DatabaseDeps['paths'];
  readonly log: Logger;
  /** See {@link DatabaseDeps}. */
  readonly onLost?: (error: TuxError) => void;
  readonly onQuery?: DatabaseDeps['onQuery'];
}

/** The database as a service of the worker, and the database itself for those who use it. */
export type DatabaseService = Service & { readonly database: Database };

/**
 * Connect, migrate, check the schema. What another try can mend (exit 69) gets three of them; what only a human can
 * (exit 78) gets none, by the lifecycle's own rule.
 */
export function createDatabaseService({ config, paths, log, onLost, onQuery }: DatabaseServiceDeps): DatabaseService {
  let reportOutage: NonNullable<DatabaseDeps['onOutage']> = () => {};
  const onOutage = (problem: TuxError | null) => reportOutage(problem);
  const database = new Database({ settings: config.env, paths, log, onLost, onOutage, onQuery });
  return {
    name: 'database',
    critical: true,
    initializeTimeoutMs: INITIALIZE_TIMEOUT_MS,
    cleanupTimeoutMs: CLEANUP_TIMEOUT_MS,
    retry: { attempts: 3, backoff: { baseMs: 1_000, maxMs: 10_000 } },
    database,
    prepare: (signal) => database.prepare(signal),
    async initialize(signal) {
      log.info({ event: 'database:connect' }, `🔧 Connecting to the database (${describeAddress(database.address)})`);
      try {
        const { result, applied } = await database.connect(signal);
        log.info({ event: 'database:ready', result, applied }, `✅ Database ready (schema ${result})`);
      } catch (error) {
        if (!signal.aborted) log.error({ event: 'database:failed', ...errorFields(error) }, describeError(error));
        throw error;
      }
    },
    cleanup: (signal) => database.close(signal),
    async healthCheck(signal) {
      await database.ping(signal);
    },
    watchHealth(report) {
      reportOutage = report;
    },
  };
}
