import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { totalBytes, walk } from '../../../../supervisor/doctor/walk.js';
import { noSignal } from '../../../support/doctor-context.js';

describe('a walk through a folder', () => {
  it('sees everything below it, and follows no link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-walk-'));
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await writeFile(join(folder, 'a/b/file'), 'four');
    await writeFile(join(folder, 'top'), 'eight888');
    await symlink('/', join(folder, 'a/root'));
    const files = await walk(folder, noSignal);
    expect(files.map(({ path }) => path).sort()).toEqual(['a', 'a/b', 'a/b/file', 'a/root', 'top']);
    expect(totalBytes(files)).toBe(12);
    await rm(folder, { recursive: true });
  });

  it('finds nothing where nothing is, and ends when it is told to', async () => {
    expect(await walk('/nowhere/at/all', noSignal)).toEqual([]);
    await expect(walk('/proc', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
