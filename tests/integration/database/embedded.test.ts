import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientConfig, resolveAddress } from '../../../bot/database/address.js';
import { Database } from '../../../bot/database/database.js';
import { EmbeddedDatabase, startThread } from '../../../bot/database/embedded.js';
import { silentLogger } from '../../../shared/logging/logger.js';
import type { Paths } from '../../../shared/paths.js';
import { compileDatabase, foldersBelow, makeEmbedded, openEmbedded } from '../../support/database-backends.js';

const WRITER = resolve(import.meta.dirname, '../../fixtures/children/database-writer.mjs');
const settings = { DATABASE_POOL_SIZE: 1, DATABASE_TLS: 'off' } as const;
/** Never aborts: how long a connection may take is the time limit of its test. */
const { signal } = new AbortController();
/** Creating a database takes seconds of computing, and many times that where all cores are busy. */
const CREATION = { timeout: 90_000 };

describe('the embedded database', () => {
  let folder: string;
  let paths: Paths;
  let count = 0;
  beforeAll(async () => {
    compileDatabase();
    folder = await mkdtemp(join(tmpdir(), 'tux-db-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    count += 1;
    paths = foldersBelow(join(folder, String(count)));
  });

  function database(): Database {
    return new Database({ settings, paths, log: silentLogger() });
  }

  async function connectClient(): Promise<Client> {
    const client = new Client(clientConfig(resolveAddress(settings, paths)));
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  test('is private, keeps its connections apart, and outlives one that dies in the midst of a transaction', async () => {
    await makeEmbedded(paths);
    const embedded = await openEmbedded(paths);
    expect(statSync(socketOf(paths)).mode & 0o777).toBe(0o600); // nobody else can open it

    const [one, two] = [await connectClient(), await connectClient()];
    // 128 MB, the usual, would be a third of all the memory that Tux takes.
    expect((await one.query('SHOW shared_buffers')).rows).toEqual([{ shared_buffers: '16MB' }]);
    await one.query('CREATE TABLE notes (text text)');
    await one.query('BEGIN');
    await one.query(`INSERT INTO notes VALUES ('taken back')`);
    const kept = two.query('INSERT INTO notes VALUES ($1)', ['kept']);
    await one.query('ROLLBACK');
    await kept;
    expect((await one.query('SELECT text FROM notes')).rows).toEqual([{ text: 'kept' }]);

    await one.query('BEGIN');
    await one.query('CREATE TABLE half_done (id integer)');
    const waiting = two.query(`SELECT to_regclass('half_done') AS found`);
    const ended = once(one, 'end');
    void one.query('SELECT 1').catch(() => {});
    await one.end(); // with a query under way, this destroys the socket
    await ended;
    expect((await waiting).rows).toEqual([{ found: null }]);
    await two.end();
    await embedded.close();
    expect(existsSync(socketOf(paths))).toBe(false);
  });

  test('is opened by one process at a time', async () => {
    await makeEmbedded(paths);
    const first = database();
    await first.connect(signal);
    await expect(openEmbedded(paths, 0)).rejects.toMatchObject({
      code: 'TUX_DB_IN_USE',
      exitCode: 69,
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    await first.close();
  });

  test('ends the thread that was started ahead when somebody else has it open', async () => {
    await makeEmbedded(paths);
    const holder = await openEmbedded(paths);
    const options = { databaseDir: paths.databaseDir, socketPath: socketOf(paths) };
    const thread = startThread(options);
    const ended = once(thread, 'exit');
    const opening = EmbeddedDatabase.open({ ...options, thread, signal, onLost: () => {}, lockWaitMs: 0 });
    await expect(opening).rejects.toMatchObject({ code: 'TUX_DB_IN_USE' });
    await ended;
    await holder.close();
  });

  test('says what to do when its files are damaged', async () => {
    await makeEmbedded(paths);
    writeFileSync(join(paths.databaseDir, 'PG_VERSION'), '9\n');
    await rm(join(paths.databaseDir, 'global'), { recursive: true });
    await expect(database().connect(signal)).rejects.toMatchObject({ code: 'TUX_DB_EMBEDDED', exitCode: 78 });
  });

  test('refuses a folder that holds something else, and leaves it alone', async () => {
    await mkdir(paths.databaseDir, { recursive: true });
    writeFileSync(join(paths.databaseDir, 'diary.txt'), 'mine');
    await expect(database().connect(signal)).rejects.toMatchObject({ code: 'TUX_DB_EMBEDDED' });
    expect(existsSync(join(paths.databaseDir, 'diary.txt'))).toBe(true);
  });

  test('has every acknowledged row after kill -9, with the dead socket still lying there', CREATION, async () => {
    await makeEmbedded(paths);
    const acknowledged = await runWriterUntil('100');
    expect(existsSync(socketOf(paths))).toBe(true);
    const db = database();
    await db.connect(signal);
    for (const id of ['1', '50', acknowledged]) expect(await db.users.getById(id)).not.toBeNull();
    await db.close();
  });

  test('is created in the end, although kill -9 and a stop came in the middle of that', CREATION, async () => {
    const unfinished = `${paths.databaseDir}.new`;
    const isUnderWay = () => existsSync(`${unfinished}/base`);
    await mkdir(paths.stateDir, { recursive: true });
    await runWriterUntil('opening', () => expect.poll(isUnderWay, { timeout: 60_000 }).toBe(true));
    expect(existsSync(paths.databaseDir)).toBe(false);

    writeFileSync(join(unfinished, 'of-the-killed-one'), '');
    const controller = new AbortController();
    const reason = new Error('SIGTERM');
    const connecting = expect(database().connect(controller.signal)).rejects.toBe(reason);
    const isUnderWayAnew = () => isUnderWay() && !existsSync(join(unfinished, 'of-the-killed-one'));
    await expect.poll(isUnderWayAnew, { timeout: 60_000 }).toBe(true);
    controller.abort(reason);
    await connecting;
    expect(existsSync(paths.databaseDir)).toBe(false); // it did not wait until the database was whole

    const db = database();
    expect(await db.connect(signal)).toMatchObject({ result: 'created' });
    await db.close();
    expect(existsSync(unfinished)).toBe(false);
    // Not made anew, which takes 800 MB: it is the one that the build has made.
    const control = readFileSync(join(paths.databaseDir, 'global', 'pg_control'));
    expect(systemIdentifier(control)).toBe(systemIdentifier(fileInArchive('/global/pg_control')));
  });

  /** Kills the writer after it printed `line` and `ready` came true. @returns the last line it printed. */
  async function runWriterUntil(line: string, ready: () => Promise<unknown> = async () => {}): Promise<string> {
    const child = spawn(process.execPath, [WRITER, paths.stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let last = '';
    for await (last of createInterface({ input: child.stdout })) {
      if (last !== line) continue;
      await ready();
      child.kill('SIGKILL');
    }
    await closed;
    return last;
  }
});

/** Which database cluster it is: what its control file begins with (pg_control.h of PostgreSQL). */
function systemIdentifier(control: Buffer): bigint {
  return control.readBigUInt64LE(0);
}

/** A file of the database that the build has made: in a tar archive it follows a header of 512 bytes that begins with its path. */
function fileInArchive(path: string): Buffer {
  const archive = gunzipSync(readFileSync(resolve(import.meta.dirname, '../../../dist/empty-database.tar.gz')));
  return archive.subarray(archive.indexOf(path) + 512);
}

function socketOf(paths: Paths): string {
  const address = resolveAddress(settings, paths);
  return address.kind === 'embedded' ? address.socketPath : '';
}
