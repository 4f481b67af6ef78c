import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeError, isTuxError } from '../../shared/errors.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { compiledFolder } from '../../shared/package.js';
import type { DatabaseAddress } from './address.js';
import { openDataSource } from './data-source.js';
import { EmbeddedDatabase } from './embedded.js';
import { migrate } from './migration-runner.js';

const FOLDER_PREFIX = 'tux-rehearsal-';
/** No rehearsal takes so long. */
const LEFTOVER_AFTER_MS = 3_600_000;

/**
 * {@link rehearseMigrations} in a process of its own: to make a database takes 800 MB of memory, a good part of which a process
 * keeps for as long as it lives.
 *
 * @throws the error of the process when it did not come to a result; the signal's reason.
 */
export async function rehearseApart(signal: AbortSignal): Promise<string[]> {
  try {
    const program = join(compiledFolder(), 'bot/database/rehearsal-program.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program], { signal });
    return JSON.parse(stdout) as string[];
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Runs all migrations of this build in an empty database of their own, which is thrown away, and compares the outcome with the
 * entities. It takes some seconds, most of them to make that database.
 *
 * @returns what went wrong, in the words of PostgreSQL; empty: nothing did.
 * @throws TuxError TUX_DB_EMBEDDED when there can be no such database; the signal's reason.
 */
export async function rehearseMigrations(signal: AbortSignal): Promise<string[]> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  try {
    const socketPath = join(folder, '.s.PGSQL.5432');
    const databaseDir = join(folder, 'pgdata');
    const embedded = await EmbeddedDatabase.open({ databaseDir, socketPath, signal, onLost: () => {} });
    try {
      return await rehearse({ kind: 'embedded', socketPath, poolSize: 1 }, signal);
    } finally {
      await embedded.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rehearse(address: DatabaseAddress, signal: AbortSignal): Promise<string[]> {
  const dataSource = await openDataSource({ address, log: silentLogger() }, signal);
  try {
    await migrate(dataSource, { address, signal });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (!isTuxError(error)) throw error;
    if (error.code === 'TUX_DB_MIGRATION') {
      return [`migration ${error.details?.migration} cannot be run: ${describeError(error.cause)}`];
    }
    if (error.code === 'TUX_DB_SCHEMA') {
      return [`its migrations do not make the tables that it needs: ${error.message.replace(/^.*?: /, '')}`];
    }
    throw error;
  } finally {
    await dataSource.destroy();
  }
}

/** A rehearsal that was killed, as one is when the supervisor stops, left its folder behind. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const path of names.map((name) => join(tmpdir(), name))) {
    try {
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > LEFTOVER_AFTER_MS) await rm(path, { recursive: true, force: true });
    } catch {
      // somebody else's, or gone
    }
  }
}
