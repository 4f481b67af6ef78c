import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
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
    const deep = (name: string) => `/${'deep/'.repeat(30)}${name}`;
    const address = socketPath(deep('a'), 'control.sock');
    expect(address).toMatch(/^\/tmp\/tux-[\da-f]{16}\/control\.sock$/);
    expect(socketPath(deep('a'), 'control.sock')).toBe(address);
    expect(socketPath(deep('b'), 'control.sock')).not.toBe(address);
  });

  it('is the same in every environment, and by every link to the folder', async () => {
    const deep = join(folder, 'd'.repeat(120));
    await mkdir(deep);
    await symlink(deep, join(folder, 'link'));
    const address = socketPath(deep, 'control.sock');
    expect(socketPath(join(folder, 'link'), 'control.sock')).toBe(address);
    for (const name of ['XDG_RUNTIME_DIR', 'TMPDIR']) vi.stubEnv(name, folder);
    expect(socketPath(deep, 'control.sock')).toBe(address);
    const long = join(folder, 'l'.repeat(120));
    await symlink(folder, long);
    expect(socketPath(long, 's'), 'a long link to a short path').toBe(join(folder, 's'));
  });

  it('is not one in a link or a file that somebody put where the folder would be', async () => {
    const deep = join(folder, 'd'.repeat(120));
    const runtimeDir = dirname(socketPath(deep, 'control.sock'));
    await symlink(folder, runtimeDir);
    try {
      expect(() => socketPath(deep, 'control.sock')).toThrow(/is a link/);
    } finally {
      await rm(runtimeDir);
    }
  });
});

describe('the folder of a socket', () => {
  it('is made private', async () => {
    const path = join(folder, 'tux-0123456789abcdef');
    prepareSocketFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await chmod(path, 0o755);
    prepareSocketFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('is refused when it is a runtime folder in the place of which somebody put a link', async () => {
    const runtimeDir = join(folder, 'tux-0123456789abcdef');
    await symlink(folder, runtimeDir);
    expect(() => prepareSocketFolder(runtimeDir)).toThrow(/is a link/);
  });

  it('may be a link when it is the state folder, as systemd makes it for DynamicUser=', async () => {
    await symlink(folder, join(folder, 'state'));
    expect(() => prepareSocketFolder(join(folder, 'state'))).not.toThrow();
  });
});
