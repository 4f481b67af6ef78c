import { once } from 'node:events';
import { chmodSync, existsSync, openAsBlob, readdirSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { FILE_MODE } from '../../shared/atomic-file.js';
import {
  CLOSE_MESSAGE,
  type EmbeddedThreadData,
  type EmbeddedThreadMessage,
  OPEN_MESSAGE,
} from './embedded-protocol.js';
import { START_PARAMS } from './embedded-start.js';
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
  const [code] = await once(creator, 'exit'); // rejects with the error that ended it
  if (code !== 0) throw new Error(`the thread that creates the database ended with code ${code}`);
  renameSync(unfinished, databaseDir);
}

/** A global of Node that its types leave to those of browsers. */
declare const WebAssembly: {
  compile(program: Uint8Array): Promise<NonNullable<PGliteOptions['pgliteWasmModule']>>;
};

/** What opening takes and no data folder, as PGlite itself would load it: 40 of 280 ms. */
async function loadProgram(): Promise<Pick<PGliteOptions, 'pgliteWasmModule' | 'fsBundle'>> {
  const program = (name: string) => fileURLToPath(new URL(name, import.meta.resolve('@electric-sql/pglite')));
  const pgliteWasmModule = await WebAssembly.compile(await readFile(program('pglite.wasm')));
  return { pgliteWasmModule, fsBundle: await openAsBlob(program('pglite.data')) };
}

/** Resolves when it is to open; false: it is to end without having opened anything. */
async function isWanted(): Promise<boolean> {
  if (!parentPort) return false;
  const [message] = await once(parentPort, 'message');
  return message === OPEN_MESSAGE;
}

async function serve(): Promise<void> {
  const [program, mayOpen] = await Promise.all([loadProgram(), isWanted()]);
  if (!mayOpen) return parentPort?.close();
  await createIfMissing();
  const database = await PGlite.create({ dataDir: databaseDir, startParams: [...START_PARAMS], ...program });
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
