import { statSync, utimesSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directFs } from '../../../shared/direct-fs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-fs-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a file system without the thread pool', () => {
  it('looks and touches as node:fs does', async () => {
    await promisify(directFs.utimes)(folder, 1_000, 2_000);
    const stats = await promisify(directFs.stat)(folder);
    expect(stats?.mtimeMs).toBe(2_000_000);
    utimesSync(folder, 3_000, 3_000);
    expect(statSync(folder).mtimeMs).toBe(3_000_000);
  });

  it('hands on what went wrong, and never before the call returns', async () => {
    const heard: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      directFs.stat(join(folder, 'missing'), (error) => {
        heard.push((error as NodeJS.ErrnoException).code);
        resolve();
      });
    });
    expect(heard).toEqual([]);
    await done;
    expect(heard).toEqual(['ENOENT']);
  });
});
