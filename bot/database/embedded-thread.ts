import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { FILE_MODE } from '../../shared/atomic-file.js';
import { CLOSE_MESSAGE, type EmbeddedThreadData, type EmbeddedThreadMessage } from './embedded-protocol.js';
import { shareSession } from './shared-session.js';

/** The pool of the bot, and command lines beside it. */
const MAX_CONNECTIONS = 16;

const { databaseDir, socketPath } = workerData as EmbeddedThreadData;

function report(message: EmbeddedThreadMessage): void {
  parentPort?.postMessage(message);
}

function fail(error: unknown): void {
  report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  // Drops the message port, and with it the last thing that keeps the thread alive once nothing is served.
  parentPort?.close();
}

/**
 * A new database is made beside its place and renamed into it when it is whole: killed half-way, it would look like a
 * database to the next start and never open.
 */
async function createIfMissing(): Promise<void> {
  if (existsSync(join(databaseDir, 'PG_VERSION'))) return;
  if (existsSync(databaseDir) && readdirSync(databaseDir).length > 0) {
    throw new Error(`${databaseDir} is not empty, and is not a database`);
  }
  const unfinished = `${databaseDir}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const creator = new Worker(new URL('./embedded-creator.js', import.meta.url), { workerData: unfinished });
  await once(creator, 'exit'); // rejects with the error that ended it
  renameSync(unfinished, databaseDir);
}

async function serve(): Promise<void> {
  await createIfMissing();
  const database = await PGlite.create(databaseDir);
  const server = new PGLiteSocketServer({
    db: shareSession(database, fail),
    path: socketPath,
    maxConnections: MAX_CONNECTIONS,
  });
  // Whoever held this socket is dead: the caller holds the lock of the database.
  rmSync(socketPath, { force: true });
  await server.start();
  chmodSync(socketPath, FILE_MODE);
  parentPort?.once('message', async (message) => {
    if (message !== CLOSE_MESSAGE) return;
    await server.stop();
    await database.close();
    parentPort?.close();
  });
  report({ type: 'ready' });
}

serve().catch(fail);
