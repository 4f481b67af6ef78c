import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { copyOrMake } from './cached-folder.js';
import { findPostgresBinaries, isRoot, NOBODY } from './postgres-binaries.js';
import { childrenOf, sendSignal } from './processes.js';

const START_TIMEOUT_MS = 30_000;
const PASSWORD = 'correct-horse';
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** The URL of a database on a server of {@link startPostgres}. */
export function postgresUrl(port: number, database: string, password: string = PASSWORD): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Starts a real PostgreSQL, on a free port of 127.0.0.1 and without syncing to the disk, for tests that take it down; others use
 * `SharedPostgres`. Call {@link PostgresServer.stop} in `afterAll`; nothing is left behind, neither when the test process just exits.
 *
 * @param settings of the server, as in `postgresql.conf`.
 */
export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const native = findPostgresBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  const server = new PostgresServer(native, folder, await freePort(), settings);
  try {
    await server.create();
    await server.resume();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A running PostgreSQL with password authentication over TCP. */
export class PostgresServer {
  readonly port: number;
  readonly #native: string;
  readonly #folder: string;
  readonly #dataDir: string;
  readonly #settings: Record<string, string>;
  readonly #onExit = () => this.#removeNow();
  #process: ChildProcess | undefined;
  #databases = 0;

  constructor(native: string, folder: string, port: number, settings: Record<string, string>) {
    this.#native = native;
    this.#folder = folder;
    this.#dataDir = join(folder, 'data');
    this.#settings = settings;
    this.port = port;
    process.once('exit', this.#onExit);
  }

  /** Makes the data folder. Called by {@link startPostgres}. */
  async create(): Promise<void> {
    if (isRoot) chownSync(this.#folder, NOBODY, NOBODY);
    await copyOrMake('embedded-postgres', this.#dataDir, () => this.#initialize());
  }

  async #initialize(): Promise<void> {
    const passwordFile = join(this.#folder, 'password');
    writeFileSync(passwordFile, PASSWORD);
    if (isRoot) chownSync(passwordFile, NOBODY, NOBODY);
    const options = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync'];
    const initdb = this.#spawn('initdb', [`--pgdata=${this.#dataDir}`, '--encoding=UTF8', '--locale=C', ...options]);
    const output = collectOutput(initdb);
    const [code] = await once(initdb, 'close');
    if (code !== 0) throw new Error(`initdb failed with ${code}:\n${output()}`);
  }

  /** The URL of a database on this server. */
  url(database: string, password?: string): string {
    return postgresUrl(this.port, database, password);
  }

  /** Makes an empty database for one test. @returns its URL. */
  async createDatabase(name = `test_${++this.#databases}`): Promise<string> {
    const client = new Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    } finally {
      await client.end();
    }
    return this.url(name);
  }

  /** Stops every process of the server in its tracks: it takes connections (the kernel does), and says nothing. */
  freeze(): void {
    this.#signalAll('SIGSTOP');
  }

  /** Lets it go on after {@link freeze}. */
  thaw(): void {
    this.#signalAll('SIGCONT');
  }

  /** Takes the server down at once, as a crash of its machine would; the data stay. */
  async pause(): Promise<void> {
    this.thaw(); // a stopped process does not go down
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const closed = once(running, 'close');
    running.kill('SIGQUIT');
    await closed;
  }

  /** Starts it again on the same port, and waits until it answers. */
  async resume(): Promise<void> {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: this.#folder, fsync: 'off' };
    const flags = Object.entries({ ...settings, ...this.#settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const server = this.#spawn('postgres', ['-D', this.#dataDir, '-p', String(this.port), ...flags]);
    this.#process = server;
    const output = collectOutput(server);
    for (const giveUpAt = Date.now() + START_TIMEOUT_MS; ; ) {
      if (await this.#isAnswering()) return;
      if (server.exitCode !== null || Date.now() > giveUpAt) throw new Error(`PostgreSQL did not start:\n${output()}`);
      await sleep(50);
    }
  }

  /** Ends the server and removes its files. */
  async stop(): Promise<void> {
    await this.pause();
    process.removeListener('exit', this.#onExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The postmaster first: then no child of it can appear meanwhile. */
  #signalAll(signal: NodeJS.Signals): void {
    const postmaster = this.#process?.pid;
    if (postmaster === undefined) return;
    sendSignal(postmaster, signal);
    for (const pid of childrenOf(postmaster)) sendSignal(pid, signal);
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const env = { ...process.env, LD_LIBRARY_PATH: join(this.#native, 'lib'), LC_ALL: 'C' };
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return spawn(join(this.#native, 'bin', program), args, { ...asUser, cwd: this.#folder, env, stdio: [...stdio] });
  }

  async #isAnswering(): Promise<boolean> {
    const client = new Client({ connectionString: this.url('postgres') });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }

  #removeNow(): void {
    this.#process?.kill('SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function collectOutput(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(String(chunk)));
  return () => chunks.join('').slice(-4_000);
}

/**
 * Below those that the system gives to outgoing connections and to servers that take any (from 32768 on): one of those
 * could be gone by the time `initdb` is done, or while the server is paused.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const port = randomInt(20_000, 32_768);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
  throw new Error('no free port');
}
