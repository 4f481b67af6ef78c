import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../bot/database/database.js';
import { backends, databaseOn } from '../../support/database-backends.js';

/** Never aborts: how long a connection may take is the time limit of its test. */
const { signal } = new AbortController();

describe.each(backends)('the database on $name', (backend) => {
  let db: Database;
  beforeAll(async () => {
    await backend.start();
    db = databaseOn(await backend.createEmpty());
    await db.connect(signal);
  });
  afterAll(async () => {
    await db.close();
    await backend.stop();
  });

  test('answers a ping with its latency', async () => {
    expect(await db.ping()).toBeGreaterThan(0);
  });

  test('gives the same controller every time', () => {
    expect(db.users).toBe(db.users);
  });

  test('keeps what a transaction did when it succeeds', async () => {
    const returned = await db.transaction(async (tx) => {
      await tx.users.getOrCreate('11');
      await tx.guildConfig.updatePrefix('11', '?', '1');
      return 'done';
    });
    expect(returned).toBe('done');
    expect(await db.users.getById('11')).not.toBeNull();
    expect(await db.guildConfig.getById('11')).toMatchObject({ prefix: '?' });
  });

  test('takes back everything a failed transaction did, nested transactions too', async () => {
    const failing = db.transaction(async (tx) => {
      await tx.users.getOrCreate('12');
      await tx.cases.create({ guildId: '12', type: 'warn', userId: '1', moderatorId: '2', reason: 'spam' });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await db.users.getById('12')).toBeNull();
    expect(await db.guildConfig.getById('12')).toBeNull();
  });

  test('keeps other work out of a transaction that is rolled back', async () => {
    let others: Promise<unknown> = Promise.resolve();
    const failing = db.transaction(async (tx) => {
      await tx.users.getOrCreate('13');
      others = Promise.all(['14', '15', '16'].map((id) => db.users.getOrCreate(id)));
      await tx.users.getOrCreate('17');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await others;
    const found = await Promise.all(['13', '14', '15', '16', '17'].map((id) => db.users.getById(id)));
    expect(found.map((user) => user?.id)).toEqual([undefined, '14', '15', '16', undefined]);
  });

  test('refuses to work before it is connected', async () => {
    const closed = databaseOn(await backend.createEmpty());
    expect(() => closed.users).toThrow(expect.objectContaining({ code: 'TUX_DB_NOT_CONNECTED' }));
    await closed.close();
  });

  test('keeps its rows when it is closed and opened again', async () => {
    const empty = await backend.createEmpty();
    const first = databaseOn(empty);
    expect(await first.connect(signal)).toMatchObject({ result: 'created' });
    await first.guildConfig.updatePrefix('21', '!', '1');
    await first.close();
    const second = databaseOn(empty);
    expect(await second.connect(signal)).toMatchObject({ result: 'current' });
    expect(await second.guildConfig.listPrefixes(10)).toMatchObject([{ guildId: '21', prefix: '!' }]);
    await second.close();
  });

  test('gives up connecting when it is called off', async () => {
    const late = databaseOn(await backend.createEmpty());
    const reason = new Error('SIGTERM');
    await expect(late.connect(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
