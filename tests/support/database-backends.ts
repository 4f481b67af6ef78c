import { mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { type DatabaseAddress, type DatabaseSettings, resolveAddress } from '../../bot/database/address.js';
import { createDataSource, type DataSourceDeps } from '../../bot/database/data-source.js';
import { Database } from '../../bot/database/database.js';
import { EmbeddedDatabase } from '../../bot/database/embedded.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { type Paths, resolvePaths } from '../../shared/paths.js';
import { copyOrMake } from './cached-folder.js';
import { ensureCompiled } from './compiled.js';
import { SharedPostgres } from './shared-postgres.js';

/** Settings and folders that lead to an empty database of the test's own. */
export interface TestDatabase {
  readonly settings: DatabaseSettings;
  readonly paths: Paths;
}

/** One of the two kinds of database that every database test runs on. */
export interface DatabaseBackend {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  createEmpty(): Promise<TestDatabase>;
}

const commonSettings = { DATABASE_POOL_SIZE: 5, DATABASE_TLS: 'off' } as const;

class PostgresBackend implements DatabaseBackend {
  readonly name = 'PostgreSQL';
  #postgres: SharedPostgres | undefined;
  #stateDir = '';

  async start(): Promise<void> {
    this.#stateDir = await mkdtemp(join(tmpdir(), 'tux-db-'));
    this.#postgres = await SharedPostgres.join();
  }

  async stop(): Promise<void> {
    await this.#postgres?.leave();
    await rm(this.#stateDir, { recursive: true, force: true });
  }

  async createEmpty(): Promise<TestDatabase> {
    const DATABASE_URL = await this.#postgres?.createEmptyDatabase();
    return { settings: { ...commonSettings, DATABASE_URL }, paths: foldersBelow(this.#stateDir) };
  }
}

class EmbeddedBackend implements DatabaseBackend {
  readonly name = 'embedded PGlite';
  #folder = '';
  #count = 0;

  async start(): Promise<void> {
    compileDatabase();
    this.#folder = await mkdtemp(join(tmpdir(), 'tux-db-'));
  }

  async stop(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async createEmpty(): Promise<TestDatabase> {
    this.#count += 1;
    const paths = foldersBelow(join(this.#folder, String(this.#count)));
    await makeEmbedded(paths);
    return { settings: commonSettings, paths };
  }
}

/** Both kinds, for `describe.each`. */
export const backends: readonly DatabaseBackend[] = [new PostgresBackend(), new EmbeddedBackend()];

/** The thread of the embedded database, and children that use the database, run compiled code. */
export function compileDatabase(): void {
  const names = readdirSync('bot/database', { recursive: true, encoding: 'utf8' });
  ensureCompiled(names.filter((name) => name.endsWith('.ts')).map((name) => `bot/database/${name}`));
}

/** The state and log folders of a test. */
export function foldersBelow(stateDir: string): Paths {
  return resolvePaths({ stateDir, logDir: join(stateDir, 'logs') });
}

/** Makes the embedded database of a state folder, without migrating it: quickly, since it is a copy. */
export function makeEmbedded(paths: Paths): Promise<void> {
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  return copyOrMake('@electric-sql/pglite', paths.databaseDir, async () => (await openEmbedded(paths)).close());
}

/** Opens the embedded database of a state folder, without migrating it. */
export function openEmbedded(paths: Paths, lockWaitMs?: number): Promise<EmbeddedDatabase> {
  const address = resolveAddress(commonSettings, paths);
  if (address.kind !== 'embedded') throw new Error('unreachable');
  return EmbeddedDatabase.open({
    databaseDir: paths.databaseDir,
    socketPath: address.socketPath,
    signal: new AbortController().signal, // opening has a time limit of its own, and so have the test and its hooks
    onLost: () => {},
    lockWaitMs,
  });
}

/** A database that is up and that nobody has migrated: for tests of the migrator, which need several clients of it. */
export class OpenDatabase {
  readonly address: DatabaseAddress;
  readonly #embedded: EmbeddedDatabase | null;
  readonly #dataSources: DataSource[] = [];

  private constructor(address: DatabaseAddress, embedded: EmbeddedDatabase | null) {
    this.address = address;
    this.#embedded = embedded;
  }

  static async open(database: TestDatabase): Promise<OpenDatabase> {
    const address = resolveAddress(database.settings, database.paths);
    return new OpenDatabase(address, address.kind === 'embedded' ? await openEmbedded(database.paths) : null);
  }

  /** A further client with a pool of its own. */
  async connect(migrations?: DataSourceDeps['migrations']): Promise<DataSource> {
    const dataSource = createDataSource({ address: this.address, log: silentLogger(), migrations });
    this.#dataSources.push(dataSource);
    return dataSource.initialize();
  }

  /** Ends all clients and empties the database: quicker than another one, above all an embedded one. */
  async reset(): Promise<void> {
    await this.#disconnect();
    const dataSource = await this.connect();
    await dataSource.query('DROP SCHEMA public CASCADE');
    await dataSource.query('CREATE SCHEMA public');
    await this.#disconnect();
  }

  async close(): Promise<void> {
    await this.#disconnect();
    await this.#embedded?.close();
  }

  async #disconnect(): Promise<void> {
    const open = this.#dataSources.splice(0).filter((one) => one.isInitialized);
    await Promise.all(open.map((one) => one.destroy()));
  }
}

/** The bot's database on a test database, not connected yet. */
export function databaseOn({ settings, paths }: TestDatabase): Database {
  return new Database({ settings, paths, log: silentLogger() });
}
