import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version as library } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionStore } from '../../../../../bot/discord/session/session-store.js';
import { systemClock } from '../../../../../shared/clock.js';
import { silentLogger } from '../../../../../shared/logging/logger.js';

let folder: string;
let path: string;
let store: SessionStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-session-store-'));
  path = join(folder, 'gateway-session.json');
  store = open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () =>
  new SessionStore({
    path,
    runId: 'test',
    token: 'a.token.of.another-form',
    apiUrl: undefined,
    intents: 5,
    clock: systemClock,
    log: silentLogger(),
  });

const opened = { sessionId: 'one', resumeUrl: 'wss://gateway.test', applicationId: '100000000000000000' };

describe('SessionStore', () => {
  it('keeps a session with all that has to be the same for it', async () => {
    store.note(opened);
    await store.close(true);
    const { tokenHash } = store.identity;
    expect(await open().load()).toMatchObject({
      ...opened,
      apiUrl: null,
      intents: 5,
      shardCount: 1,
      library,
      tokenHash,
    });
    expect(store.identity.applicationId, 'such a token does not tell').toBeNull();
    expect(await readFile(path, 'utf8')).not.toContain('a.token');
  });

  it('has in the end what it was told last', async () => {
    for (let round = 0; round < 20; round += 1) store.note({ ...opened, sessionId: `session ${round}` });
    await store.close(true);
    expect(await open().load()).toMatchObject({ sessionId: 'session 19' });
    const next = open();
    next.note(opened);
    next.forget();
    await next.close(true);
    expect(await open().load()).toBe('no-session');
  });

  it('leaves nothing to a next worker when the session is not to be kept', async () => {
    store.note(opened);
    await store.close(false);
    expect(await open().load()).toBe('no-session');
  });

  it('begins without one that a newer Tux left, and keeps that aside: after a way back nobody has to help', async () => {
    store.note(opened);
    await store.close(true);
    const later = (await readFile(path, 'utf8')).replace('"schemaVersion":1', '"schemaVersion":2');
    await writeFile(path, later);
    expect(await open().load()).toBe('session-version');
    const [archive = ''] = await readdir(folder);
    expect(archive).toMatch(/^gateway-session\.json\.broken\./);
    expect(await readFile(join(folder, archive), 'utf8')).toBe(later);
    expect(await open().load()).toBe('no-session');
  });

  it('is looked at without a change, where loading puts a damaged file aside', async () => {
    await writeFile(path, '{"half');
    expect(await store.peek()).toBeNull();
    expect(await readdir(folder)).toEqual(['gateway-session.json']);
    expect(await store.load()).toBe('session-damaged');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^gateway-session\.json\.broken\./)]);
  });

  it('writes nothing any more once it is closed: the file may be the next worker’s', async () => {
    store.note(opened);
    await store.close(true);
    store.note({ ...opened, sessionId: 'two' });
    store.forget();
    await store.close(true);
    expect(await open().load()).toMatchObject({ sessionId: 'one' });
  });

  it('goes on when the disk does not take it', async () => {
    await rm(folder, { recursive: true });
    store.note(opened);
    await store.close(true);
  });
});
