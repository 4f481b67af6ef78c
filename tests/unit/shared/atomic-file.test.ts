import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  archiveBroken,
  compactTimestamp,
  makeDurable,
  makeFolder,
  removeLeftoverTemporaries,
  replaceFile,
  replaceVolatileFile,
  writeFailure,
} from '../../../shared/atomic-file.js';
import { TuxError } from '../../../shared/errors.js';
import { ExitCode } from '../../../shared/exit-codes.js';
import { fileHandlePrototype } from '../../support/file-handle-prototype.js';
import { isRoot, NOBODY } from '../../support/postgres-binaries.js';
import { asUnprivileged } from '../../support/unprivileged.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-atomic-'));
  file = join(folder, 'data.json');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});

const now = new Date('2026-01-02T03:04:05.678Z');

describe('replacing a file', () => {
  it('writes the content, readable by the owner only, and leaves nothing else behind', async () => {
    await replaceFile(file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['data.json']);
  });

  it('takes away the permissions that an older file gave to others', async () => {
    await writeFile(file, 'old', { mode: 0o644 });
    await replaceFile(file, 'new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('keeps the owner when root does it', async () => {
    await writeFile(file, 'old');
    // Who is not root can give a file to one of their groups, and only that.
    const uid = isRoot ? NOBODY : (process.getuid?.() ?? 0);
    const gid = isRoot ? NOBODY : (process.getgroups?.().at(-1) ?? 0);
    await chown(file, uid, gid);
    vi.spyOn(process, 'geteuid').mockReturnValue(0);
    await replaceFile(file, 'new');
    expect(await stat(file)).toMatchObject({ uid, gid });
  });

  it('takes over a file of somebody else in a folder of its own', async ({ skip }) => {
    skip(!isRoot, 'there is no somebody else without root');
    await writeFile(file, 'old');
    await chown(file, NOBODY - 1, NOBODY - 1);
    await chown(folder, NOBODY, NOBODY);
    await asUnprivileged(() => replaceFile(file, 'new'));
    expect(await stat(file)).toMatchObject({ uid: NOBODY });
  });

  it('shows a reader the old or the new content, never a part', async () => {
    const contents = ['a'.repeat(200_000), 'b'.repeat(300_000)];
    await replaceFile(file, contents[0] ?? '');
    let isWriting = true;
    const writing = (async () => {
      for (let i = 1; i <= 20; i += 1) await replaceFile(file, contents[i % 2] ?? '');
    })().finally(() => {
      isWriting = false;
    });
    let reads = 0;
    while (isWriting) {
      expect(contents.includes(await readFile(file, 'utf8'))).toBe(true);
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
  });

  it('keeps writers of the same file from mixing their contents: the last one stays', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(contents.map((content) => replaceFile(file, content)));
    expect(await readFile(file, 'utf8')).toBe(contents.at(-1));
    expect(await readdir(folder)).toEqual(['data.json']);
  });

  it('keeps the old content when the guard objects, and passes on what it says', async () => {
    await replaceFile(file, 'old');
    const guard = () => {
      throw new TuxError('TUX_LOCK_LOST', 'somebody else has taken over');
    };
    await expect(replaceFile(file, 'late', { guard })).rejects.toMatchObject({ code: 'TUX_LOCK_LOST' });
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['data.json']);
  });

  it('keeps the content of who takes over at any moment after the guard was asked', async () => {
    await replaceFile(file, 'old');
    const takeOver = () => {
      const others = readdirSync(folder).filter((name) => name !== 'data.json');
      expect(others, 'what removeLeftoverTemporaries looks for is there by now').toEqual([
        expect.stringMatching(/^data\.json\.\d+$/),
      ]);
      for (const name of others) rmSync(join(folder, name));
      writeFileSync(file, 'of the successor');
    };
    await expect(replaceFile(file, 'late', { guard: takeOver })).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
    expect(await readFile(file, 'utf8')).toBe('of the successor');
    expect(await readdir(folder)).toEqual(['data.json']);
  });

  it.each(['writeFile', 'sync'] as const)(
    'keeps the old content when %s fails, and leaves nothing behind',
    async (step) => {
      await replaceFile(file, 'old');
      const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      vi.spyOn(await fileHandlePrototype(), step).mockRejectedValueOnce(full);
      await expect(replaceFile(file, 'new')).rejects.toMatchObject({ code: 'TUX_STATE_WRITE', cause: full });
      expect(await readFile(file, 'utf8')).toBe('old');
      expect(await readdir(folder)).toEqual(['data.json']);
    },
  );

  it('says what to do when the new content cannot be written', async () => {
    const missing = join(folder, 'missing', 'data.json');
    await expect(replaceFile(missing, 'x')).rejects.toMatchObject({
      code: 'TUX_STATE_WRITE',
      exitCode: ExitCode.IO_ERROR,
      message: expect.stringContaining('ENOENT'),
    });
  });

  it.each([
    ['ENOSPC', /disk space/],
    ['EROFS', /read-only/],
    ['EACCES', /write permission/],
    ['EMFILE', /check the disk/],
  ])('has a hint for %s', (code, hint) => {
    expect(writeFailure('/x', Object.assign(new Error('x'), { code })).hint).toMatch(hint);
  });
});

describe('folders', () => {
  it('are made private with their parents, and twice without complaint', () => {
    const deep = join(folder, 'a', 'b');
    makeFolder(deep);
    makeFolder(deep);
    expect(statSync(deep).mode & 0o777).toBe(0o700);
  });

  it('fail with a hint where a file is in the way', async () => {
    await writeFile(file, '');
    expect(() => makeFolder(join(file, 'sub'))).toThrow(/ENOTDIR/);
  });

  it('fail where the system makes none, which Node 20 would try for ever', () => {
    expect(() => makeFolder('/proc/tux/state')).toThrow(/ENOENT/);
    symlinkSync(join(folder, 'not-mounted'), join(folder, 'link'));
    expect(() => makeFolder(join(folder, 'link', 'state'))).toThrow(/EEXIST/);
  });
});

describe('archiving a broken file', () => {
  it('gives it a name that sorts by time', async () => {
    await writeFile(file, 'half');
    expect(compactTimestamp(now)).toBe('20260102T030405678Z');
    expect(await archiveBroken(file, now)).toBe(`${file}.broken.20260102T030405678Z`);
    expect(readdirSync(folder)).toEqual(['data.json.broken.20260102T030405678Z']);
  });

  it('overwrites no earlier archive', async () => {
    const archives: string[] = [];
    for (const content of ['first', 'second', 'third']) {
      await writeFile(file, content);
      archives.push(await archiveBroken(file, now));
    }
    expect(new Set(archives).size).toBe(3);
    expect(archives.map((path) => readFileSync(path, 'utf8'))).toEqual(['first', 'second', 'third']);
  });
});

describe('making a file durable', () => {
  it('waits for the disk, for the file and its folder', async () => {
    replaceVolatileFile(file, 'new');
    const sync = vi.spyOn(await fileHandlePrototype(), 'sync');
    await makeDurable(file);
    expect(sync).toHaveBeenCalledTimes(2);
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('does nothing where there is no file', async () => {
    await expect(makeDurable(file)).resolves.toBeUndefined();
  });

  it('says so when the disk refuses', async () => {
    replaceVolatileFile(file, 'new');
    vi.spyOn(await fileHandlePrototype(), 'sync').mockRejectedValueOnce(
      Object.assign(new Error('EIO'), { code: 'EIO' }),
    );
    await expect(makeDurable(file)).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
  });
});

describe('left-over temporary files', () => {
  it('are removed, and only those of this file', async () => {
    const keep = ['data.json', 'data.json.broken.20260102T030405678Z', 'other.json.123', 'data.json.lock'];
    for (const name of [...keep, 'data.json.3141592653', 'data.json.1']) await writeFile(join(folder, name), '');
    expect(removeLeftoverTemporaries(file)).toBe(2);
    expect((await readdir(folder)).sort()).toEqual([...keep].sort());
  });

  it('are none in a folder that does not exist', () => {
    expect(removeLeftoverTemporaries(join(folder, 'missing', 'data.json'))).toBe(0);
  });
});
