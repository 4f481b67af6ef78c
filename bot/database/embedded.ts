import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { acquireLock, type InstanceLock } from '../../shared/instance-lock.js';
import { prepareSocketFolder } from '../../shared/paths.js';
import {
  CLOSE_MESSAGE,
  type EmbeddedThreadData,
  type EmbeddedThreadMessage,
  OPEN_MESSAGE,
} from './embedded-protocol.js';

/** The first start unpacks the database or creates it, which takes a second or a few; a later one a quarter of a second. */
const OPEN_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** A `tux db` command holds the database for a moment; the bot waits for it. */
const LOCK_WAIT_MS = 5_000;
const LOCK_POLL_MS = 100;

export interface EmbeddedOptions {
  readonly databaseDir: string;
  readonly socketPath: string;
  /** Its thread, where that was started ahead, see {@link startThread}. */
  readonly thread?: Worker | undefined;
  readonly signal: AbortSignal;
  /** Called once if the database breaks down while it is open; it is closed then. */
  readonly onLost: (error: TuxError) => void;
  /** How long to wait for another process to let go of it, in ms. Default: 5 s. */
  readonly lockWaitMs?: number;
  readonly clock?: Clock;
}

/**
 * PGlite (PostgreSQL in WebAssembly) in a thread of its own, served on a Unix socket to any PostgreSQL client.
 *
 * What was acknowledged has been handed to the operating system, so it survives `kill -9`. It is not synced to the disk
 * (PGlite runs with `fsync = off`): a power cut may cost the latest rows. Who cannot have that sets DATABASE_URL.
 */
export class EmbeddedDatabase {
  readonly #thread: Worker;
  readonly #lock: InstanceLock;
  readonly #exited: Promise<unknown>;
  #closing: Promise<void> | undefined;

  private constructor(thread: Worker, lock: InstanceLock) {
    this.#thread = thread;
    this.#lock = lock;
    this.#exited = once(thread, 'exit').catch(() => {});
  }

  /**
   * Opens the database, and creates it if there is none. Exactly one process has it open: its files know no sharing.
   *
   * @throws TuxError TUX_DB_IN_USE (exit 69) when another process has it open, TUX_DB_EMBEDDED (exit 78) when it does
   * not open.
   */
  static async open(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
    prepareSocketFolder(dirname(options.socketPath));
    let database: EmbeddedDatabase | undefined;
    const lose = (error: TuxError) => {
      if (database === undefined || database.#closing !== undefined) return;
      void database.close();
      options.onLost(error);
    };
    const onCompromised = () => lose(embeddedError('its lock was lost to another process'));
    const lock = await waitForLock(options, onCompromised).catch(async (error: unknown) => {
      await options.thread?.terminate(); // the next attempt starts one of its own
      throw error;
    });
    const thread = options.thread ?? startThread(options);
    database = new EmbeddedDatabase(thread, lock);
    thread.postMessage(OPEN_MESSAGE);
    try {
      await deadline('opening the embedded database', OPEN_TIMEOUT_MS, () => waitUntilReady(thread), options.signal);
    } catch (error) {
      // It has served nobody, so there is nothing to flush; creating a database, it would not listen to us either.
      await thread.terminate();
      await database.close();
      throw error;
    }
    thread.on('message', (message: EmbeddedThreadMessage) => {
      if (message.type === 'failed') lose(embeddedError(message.message));
    });
    thread.on('error', (error) => lose(embeddedError(error.message)));
    thread.on('exit', () => lose(embeddedError('its thread ended')));
    return database;
  }

  /** Ends all connections, flushes, ends the thread and lets go of the files: within about five seconds in any case. */
  close(): Promise<void> {
    this.#closing ??= this.#doClose();
    return this.#closing;
  }

  async #doClose(): Promise<void> {
    this.#thread.postMessage(CLOSE_MESSAGE);
    await deadline('closing the embedded database', CLOSE_TIMEOUT_MS, () => this.#exited).catch(() => {});
    await this.#thread.terminate();
    await this.#lock.release();
  }
}

/**
 * How much a WebAssembly function may run before V8 optimizes it: 280 times V8's own figure. With that one, every start has
 * hundreds of functions optimized that are soon needed no more, at the cost of most of a second of computing and 25 MB of memory.
 * With this one, only a bot that has much to do gets there.
 */
const WASM_TIERING_BUDGET = 500_000_000;

/**
 * Starts the thread of an embedded database, which loads what opening takes. It touches no file of the database before
 * {@link EmbeddedDatabase.open} is called with it; not used, it ends with the process.
 */
export function startThread({ databaseDir, socketPath }: EmbeddedThreadData): Worker {
  const data: EmbeddedThreadData = { databaseDir, socketPath };
  // For the whole process: a thread knows no flags of V8 of its own. Nothing else here is WebAssembly that matters.
  setFlagsFromString(`--wasm-tiering-budget=${WASM_TIERING_BUDGET}`);
  // Without the flags of this process: an inspector port, say, cannot be shared.
  return new Worker(threadFile(), { workerData: data, execArgv: [], name: 'embedded-database' });
}

/** The compiled thread; run from the TypeScript source, as tests do, it is the one in `dist/`. */
function threadFile(): string {
  const beside = fileURLToPath(new URL('./embedded-thread.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/bot/database/embedded-thread.js', import.meta.url));
}

async function waitUntilReady(thread: Worker): Promise<void> {
  const exited = once(thread, 'exit').then(() => ({ type: 'failed', message: 'its thread ended' }) as const);
  const answered = once(thread, 'message').then(([message]) => message as EmbeddedThreadMessage);
  const message = await Promise.race([answered, exited]).catch((cause: Error) => {
    return { type: 'failed', message: cause.message } as const;
  });
  if (message.type === 'failed') throw embeddedError(message.message);
}

async function waitForLock(options: EmbeddedOptions, onCompromised: () => void): Promise<InstanceLock> {
  const { clock = systemClock, lockWaitMs = LOCK_WAIT_MS, signal } = options;
  const giveUpAt = clock.monotonic() + lockWaitMs;
  for (;;) {
    try {
      return await acquireLock({ file: `${options.databaseDir}.owner`, onCompromised, clock });
    } catch (error) {
      if (!isTuxError(error) || error.code !== 'TUX_LOCKED') throw error;
      if (clock.monotonic() >= giveUpAt) throw inUseError(error);
    }
    await clock.sleep(LOCK_POLL_MS, signal);
  }
}

function inUseError(cause: TuxError): TuxError {
  return new TuxError('TUX_DB_IN_USE', `❌ The embedded database is open elsewhere. ${cause.message}`, {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
    hint: '💡 wait for that process to end, or stop it',
  });
}

function embeddedError(reason: string): TuxError {
  return new TuxError(
    'TUX_DB_EMBEDDED',
    `❌ Database connection failed: the embedded database does not work (${reason})`,
    {
      exitCode: ExitCode.CONFIG,
      hint: '💡 restore pgdata in the state folder from a backup, or move it away to start empty; or set DATABASE_URL',
    },
  );
}
