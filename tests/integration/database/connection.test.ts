import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseSettings } from '../../../bot/database/address.js';
import { Database } from '../../../bot/database/database.js';
import { createDatabaseService } from '../../../bot/database/database-service.js';
import { silentLogger } from '../../../shared/logging/logger.js';
import { foldersBelow } from '../../support/database-backends.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';

/** Never aborts: how long a connection may take is the time limit of its test. */
const { signal } = new AbortController();

describe('the connection to PostgreSQL', () => {
  let server: PostgresServer;
  let stateDir: string;
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'tux-db-'));
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  function databaseAt(url: string, more: Partial<DatabaseSettings> = {}): Database {
    const settings = { DATABASE_URL: url, DATABASE_POOL_SIZE: 2, DATABASE_TLS: 'off', ...more } as const;
    return new Database({ settings, paths: foldersBelow(stateDir), log: silentLogger() });
  }

  test.each([
    ['a wrong password', () => databaseAt(server.url('postgres', 'wrong-horse')), 'TUX_DB_AUTH', 78],
    ['an unknown database', () => databaseAt(server.url('nowhere')), 'TUX_DB_NAME', 78],
    [
      'TLS that the server has not',
      () => databaseAt(server.url('postgres'), { DATABASE_TLS: 'verify' }),
      'TUX_DB_TLS',
      78,
    ],
    ['nobody there', () => databaseAt('postgresql://tux:wrong-horse@127.0.0.1:1/tux'), 'TUX_DB_UNREACHABLE', 69],
  ] as const)('explains %s, without the password', async (_case, make, code, exitCode) => {
    const error = await make()
      .connect(signal)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ code, exitCode, hint: expect.stringMatching(/^💡 .*tux db health/) });
    expect((error as Error).message).toMatch(/^❌ Database connection failed: 127\.0\.0\.1:\d+\//);
    expect(JSON.stringify([String(error), error])).not.toContain('wrong-horse');
  });

  test('is tried again after a refusal, by the same object', async () => {
    await server.pause();
    const db = databaseAt(server.url('postgres'));
    await expect(db.connect(signal)).rejects.toMatchObject({ code: 'TUX_DB_UNREACHABLE' });
    await server.resume();
    expect(await db.connect(signal)).toMatchObject({ result: 'created' });
    await db.close();
  });

  test('is cut short when the server accepts and then says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const accepted = once(silent, 'connection');
    const controller = new AbortController();
    const reason = new Error('SIGTERM');
    const db = databaseAt(`postgresql://tux@127.0.0.1:${port}/tux`);
    const connecting = expect(db.connect(controller.signal)).rejects.toBe(reason);
    const [socket] = (await accepted) as [Socket];
    controller.abort(reason);
    await connecting;
    socket.destroy();
    silent.close();
    await once(silent, 'close');
  });

  test('survives a crash of the server: errors meanwhile, working again afterwards', async () => {
    const db = databaseAt(await server.createDatabase());
    await db.connect(signal);
    await db.users.getOrCreate('1');
    await server.pause();
    await expect(db.ping()).rejects.toMatchObject({ code: 'TUX_DB_UNREACHABLE', exitCode: 69 });
    await server.resume();
    expect(await db.ping()).toBeGreaterThan(0);
    expect(await db.users.getById('1')).not.toBeNull();
    await db.close();
  });

  test('is a service of the worker: up, healthy, down', async () => {
    const env = { DATABASE_URL: await server.createDatabase(), DATABASE_POOL_SIZE: 2, DATABASE_TLS: 'off' } as const;
    const service = createDatabaseService({ config: { env }, paths: foldersBelow(stateDir), log: silentLogger() });
    expect(service).toMatchObject({ name: 'database', critical: true, retry: { attempts: 3 } });
    await service.initialize(signal);
    await service.healthCheck?.(signal);
    await service.database.users.getOrCreate('1');
    await service.cleanup(signal);
    await expect(Promise.resolve().then(() => service.healthCheck?.(signal))).rejects.toMatchObject({
      code: 'TUX_DB_NOT_CONNECTED',
    });
  });
});
