import type { TestProject } from 'vitest/node';
import { Database } from '../../bot/database/database.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { resolvePaths } from '../../shared/paths.js';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL that the test files share. */
    readonly postgres: {
      readonly port: number;
      /** The database to copy: as Tux leaves one after its first start, with its tables and nothing in them. */
      readonly template: string;
    };
  }
}

/** Runs once, before the test files of a project: starts the PostgreSQL that they share. @returns what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nobody looks after the many short-lived databases: it would have to connect to each of them.
  const server = await startPostgres({ autovacuum: 'off', max_connections: '300' });
  const template = 'tux_template';
  try {
    await migrate(await server.createDatabase(template));
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('postgres', { port: server.port, template });
  return () => server.stop();
}

async function migrate(url: string): Promise<void> {
  const database = new Database({
    settings: { DATABASE_URL: url, DATABASE_POOL_SIZE: 1, DATABASE_TLS: 'off' },
    paths: resolvePaths({ stateDir: 'unused', logDir: 'unused' }),
    log: silentLogger(),
  });
  await database.connect(AbortSignal.timeout(60_000));
  await database.close();
}
