import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_SOCKET_PATH_BYTES, prepareSocketFolder, resolvePaths, socketPath } from '../../../shared/paths.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-paths-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('paths', () => {
  it('makes both folders absolute and puts every file under its own', () => {
    const paths = resolvePaths({ stateDir: 'state', logDir: 'logs' });
    expect(paths.stateDir).toBe(resolve('state'));
    expect(paths.queueJournal).toBe(resolve('state/queue-cache.journal'));
    expect(paths.log).toBe(resolve('logs/tux.log'));
    expect(paths.reportsDir).toBe(resolve('logs/reports'));
    for (const path of Object.values(paths)) {
      expect(path.startsWith(paths.stateDir) || path.startsWith(paths.logDir)).toBe(true);
    }
    expect(new Set(Object.values(paths)).size).toBe(Object.keys(paths).length);
  });
});

describe('the path of a Unix socket', () => {
  it('is inside the state folder as long as it fits, to the byte', () => {
    const longest = `/${'a'.repeat(MAX_SOCKET_PATH_BYTES - '//s'.length)}`;
    expect(socketPath(longest, 's')).toBe(`${longest}/s`);
    expect(Buffer.byteLength(socketPath(longest, 's'))).toBe(107);
    expect(socketPath(`${longest}a`, 's')).not.toContain(longest);
  });

  it('counts bytes, not characters', () => {
    const folderName = `/${'ä'.repeat(60)}`;
    expect(socketPath(folderName, 'control.sock')).not.toContain(folderName);
  });

  it('is short, always the same, and different for each state folder where it does not fit', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1000');
    const deep = (name: string) => `/${'deep/'.repeat(30)}${name}`;
    const address = socketPath(deep('a'), 'control.sock');
    expect(address).toMatch(/^\/run\/user\/1000\/tux-\d+-[\da-f]{16}\/control\.sock$/);
    expect(socketPath(deep('a'), 'control.sock')).toBe(address);
    expect(socketPath(deep('b'), 'control.sock')).not.toBe(address);
    vi.stubEnv('XDG_RUNTIME_DIR', ''); // as good as none, or it would be another one in each folder
    expect(isAbsolute(socketPath(deep('a'), 'control.sock'))).toBe(true);
  });
});

describe('the folder of a socket', () => {
  it('is made private', async () => {
    const path = join(folder, 'tux-1000-0123456789abcdef');
    prepareSocketFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    prepareSocketFolder(path);
  });

  it('is refused when it is a runtime folder in the place of which somebody put a link', async () => {
    const runtimeDir = join(folder, 'tux-1000-0123456789abcdef');
    await symlink(folder, runtimeDir);
    expect(() => prepareSocketFolder(runtimeDir)).toThrow(/is a link/);
  });

  it('may be a link when it is the state folder, as systemd makes it for DynamicUser=', async () => {
    await symlink(folder, join(folder, 'state'));
    expect(() => prepareSocketFolder(join(folder, 'state'))).not.toThrow();
  });
});
