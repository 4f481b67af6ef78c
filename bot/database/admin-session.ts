import type { DataSource } from 'typeorm';
import { isTuxError } from '../../shared/errors.js';
import { silentLogger } from '../../shared/logging/logger.js';
import type { Paths } from '../../shared/paths.js';
import { type DatabaseAddress, type DatabaseSettings, describeAddress, resolveAddress } from './address.js';
import { openDataSource } from './data-source.js';
import { connectionError } from './database-errors.js';
import { EmbeddedDatabase } from './embedded.js';
import { assertMayOpen } from './embedded-access.js';
import { type MigrationOutcome, migrate } from './migration-runner.js';
import { readMigrationStatus } from './migration-status.js';
import { findSchemaProblems } from './schema-check.js';

export interface AdminSessionOptions {
  readonly settings: DatabaseSettings;
  readonly paths: Pick<Paths, 'stateDir' | 'databaseDir'>;
  readonly signal: AbortSignal;
  /** Makes an embedded database where there is none. */
  readonly mayCreate: boolean;
}

/** What `tux db status` shows. */
export interface SchemaReport {
  readonly database: string;
  /** `empty`: nothing was ever migrated; `ahead`: a newer release was here; `damaged`: see `problems`. */
  readonly state: 'empty' | 'behind' | 'current' | 'ahead' | 'damaged';
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  readonly unknown: readonly string[];
  readonly problems: readonly string[];
  /** Open connections to this database, ours included; null where the database cannot tell. */
  readonly connections: number | null;
}

/**
 * Looks at the database from outside of the bot: through the socket of the running bot if that has the embedded database
 * open, else by opening it itself.
 */
export class AdminSession {
  readonly #address: DatabaseAddress;
  readonly #dataSource: DataSource;
  readonly #embedded: EmbeddedDatabase | null;
  readonly #signal: AbortSignal;

  private constructor(
    address: DatabaseAddress,
    dataSource: DataSource,
    embedded: EmbeddedDatabase | null,
    signal: AbortSignal,
  ) {
    this.#address = address;
    this.#dataSource = dataSource;
    this.#embedded = embedded;
    this.#signal = signal;
  }

  /**
   * Connects, and changes nothing.
   *
   * @throws TuxError with exit 69 or 78, as `Database.connect`; TUX_DB_NONE (69), TUX_NOT_ALLOWED (1).
   */
  static async open({ settings, paths, signal, mayCreate }: AdminSessionOptions): Promise<AdminSession> {
    const address = resolveAddress(settings, paths);
    if (address.kind === 'embedded') assertMayOpen(paths.databaseDir, mayCreate);
    const embedded = address.kind === 'embedded' ? await openUnlessInUse(paths, address.socketPath, signal) : null;
    try {
      const dataSource = await openDataSource({ address, log: silentLogger() }, signal);
      return new AdminSession(address, dataSource, embedded, signal);
    } catch (error) {
      await embedded?.close();
      throw error;
    }
  }

  /** @returns name of the database, its version and the time one query took, in ms. */
  async ping(): Promise<{ database: string; version: string; latencyMs: number }> {
    const startedAt = performance.now();
    try {
      const rows: { server_version: string }[] = await this.#dataSource.query('SHOW server_version');
      const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
      return { database: describeAddress(this.#address), version: rows[0]?.server_version ?? 'unknown', latencyMs };
    } catch (error) {
      throw connectionError(error, this.#address);
    }
  }

  /** Reads how the schema stands; changes nothing. */
  async inspect(): Promise<SchemaReport> {
    const runner = this.#dataSource.createQueryRunner();
    try {
      const { applied, pending, unknown } = await readMigrationStatus(this.#dataSource, runner);
      const isComplete = pending.length === 0 && unknown.length === 0;
      const problems = isComplete ? await findSchemaProblems(this.#dataSource, runner) : [];
      const state = stateOf({ applied, pending, unknown, problems });
      const connections = this.#address.kind === 'server' ? await this.#countConnections() : null;
      const names = pending.map(({ name }) => name);
      return {
        database: describeAddress(this.#address),
        state,
        applied,
        pending: names,
        unknown,
        problems,
        connections,
      };
    } finally {
      await runner.release();
    }
  }

  /** As the bot does at its start. */
  migrate(): Promise<MigrationOutcome> {
    return migrate(this.#dataSource, { address: this.#address, signal: this.#signal });
  }

  async close(): Promise<void> {
    try {
      await this.#dataSource.destroy();
    } finally {
      await this.#embedded?.close();
    }
  }

  async #countConnections(): Promise<number> {
    const rows: { count: number }[] = await this.#dataSource.query(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database()',
    );
    return rows[0]?.count ?? 0;
  }
}

/** Where a schema stands, from what was found in it: the most serious finding decides. */
export function stateOf(found: {
  readonly applied: readonly unknown[];
  readonly pending: readonly unknown[];
  readonly unknown: readonly unknown[];
  readonly problems: readonly unknown[];
}): SchemaReport['state'] {
  if (found.unknown.length > 0) return 'ahead';
  if (found.problems.length > 0) return 'damaged';
  if (found.pending.length === 0) return 'current';
  return found.applied.length === 0 ? 'empty' : 'behind';
}

/** null: another process has it open, and serves it on the socket. */
async function openUnlessInUse(
  { databaseDir }: Pick<Paths, 'databaseDir'>,
  socketPath: string,
  signal: AbortSignal,
): Promise<EmbeddedDatabase | null> {
  try {
    return await EmbeddedDatabase.open({ databaseDir, socketPath, signal, lockWaitMs: 0, onLost: () => {} });
  } catch (error) {
    if (isTuxError(error) && error.code === 'TUX_DB_IN_USE') return null;
    throw error;
  }
}
