import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite, protocol } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { shareSession } from '../../../bot/database/shared-session.js';
import { foldersBelow, makeEmbedded } from '../../support/database-backends.js';

const { serialize } = protocol;

describe('the shared session of the embedded database', () => {
  let folder: string;
  let database: PGlite;
  let server: PGLiteSocketServer;
  let bystander: Client;
  let socket: Socket;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-db-'));
    const paths = foldersBelow(folder);
    await makeEmbedded(paths);
    database = await PGlite.create(paths.databaseDir);
    const path = join(folder, '.s.PGSQL.5432');
    server = new PGLiteSocketServer({ db: shareSession(database, () => {}), path, maxConnections: 10 });
    await server.start();
    bystander = new Client({ host: folder, user: 'postgres', database: 'postgres' });
    await bystander.connect();
  });
  afterAll(async () => {
    await bystander.end();
    await server.stop();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    socket = createConnection(join(folder, '.s.PGSQL.5432'));
    await once(socket, 'connect');
    socket.write(serialize.startup({ user: 'postgres', database: 'postgres' }));
    await textUntilReady(socket); // all of it: a rest that comes later would pass for the answer to what a test asks
  });

  test('does not mix up the unnamed statements of two connections', async () => {
    socket.write(Buffer.concat([serialize.parse({ text: `SELECT 'mine' AS whose` }), serialize.flush()]));
    await once(socket, 'data');
    const others = bystander.query('SELECT $1::text AS whose', ['theirs']);
    socket.write(Buffer.concat([serialize.bind({}), serialize.execute({}), serialize.sync()]));
    expect(await textUntilReady(socket)).toContain('mine');
    expect((await others).rows).toEqual([{ whose: 'theirs' }]);
    socket.destroy();
  });

  test('goes on after a client died in the middle of a failed batch', async () => {
    const batch = [serialize.parse({ text: 'SELECT 1/0' }), serialize.bind({}), serialize.execute({})];
    socket.write(Buffer.concat(batch));
    await once(socket, 'data');
    const waiting = bystander.query('SELECT 6 AS six');
    socket.destroy();
    expect((await waiting).rows).toEqual([{ six: 6 }]);
  });

  test('reports a breakdown of the database, which the server would swallow', async () => {
    const trap = new Error('unreachable');
    const broken = { execProtocolRawStream: () => Promise.reject(trap) } as unknown as PGlite;
    const onBreakdown = vi.fn();
    const shared = shareSession(broken, onBreakdown);
    await expect(shared.execProtocolRawStream(serialize.sync(), { onRawData: () => {} })).rejects.toBe(trap);
    expect(onBreakdown).toHaveBeenCalledExactlyOnceWith(trap);
    socket.destroy();
  });
});

/** Everything received up to ReadyForQuery, the message `Z` of six bytes that ends each answer. */
async function textUntilReady(socket: Socket): Promise<string> {
  let text = '';
  while (text.at(-6) !== 'Z') {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return text;
}
