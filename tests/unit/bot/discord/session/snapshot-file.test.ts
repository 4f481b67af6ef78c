import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotFile } from '../../../../../bot/discord/session/snapshot-file.js';

let folder: string;
let path: string;
let file: SnapshotFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-snapshot-file-'));
  path = join(folder, 'gateway-cache.jsonl');
  file = new SnapshotFile(path);
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true, force: true });
});

const bytes = (text: string) => [Buffer.from(text)];
async function* parts(...texts: string[]) {
  for (const text of texts) yield bytes(text);
}
const content = () => readFile(path, 'utf8');

describe('SnapshotFile', () => {
  it('is replaced and then written on', async () => {
    await file.replace(parts('one', 'two'));
    await file.append([...bytes(' three'), ...bytes(' four')]);
    expect(await content()).toBe('onetwo three four');
    expect(file.size).toBe(17);
    await file.replace(parts('anew'));
    await file.append(bytes('!'));
    expect(await content()).toBe('anew!');
  });

  it('keeps the old content when the new one cannot be made, and goes on with it', async () => {
    await file.replace(parts('old'));
    async function* failing() {
      yield bytes('half');
      throw new Error('no more');
    }
    await expect(file.replace(failing())).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
    await file.append(bytes(' and more'));
    expect(await content()).toBe('old and more');
    expect(await readdir(folder)).toEqual(['gateway-cache.jsonl']);
  });

  it('goes on with a file of which it is told how much is right', async () => {
    await writeFile(path, 'whole line\na line that was cut');
    expect(await file.adopt(11, 30)).toBe(true);
    await file.append(bytes('next\n'));
    expect(await content()).toBe('whole line\nnext\n');
  });

  it('does not go on with a file that has another length, or is not there', async () => {
    await writeFile(path, 'whole line\nmore\n');
    expect(await file.adopt(11, 13)).toBe(false);
    await rm(path);
    expect(await file.adopt(11, 13)).toBe(false);
  });

  it('says what to do about a full disk', async () => {
    await symlink('/dev/full', path);
    await expect(file.append(bytes('text'))).rejects.toMatchObject({
      code: 'TUX_STATE_WRITE',
      hint: expect.stringContaining('disk'),
    });
    expect(file.size).toBe(0);
  });

  it('can be taken away twice', async () => {
    await file.replace(parts('old'));
    await file.remove();
    await file.remove();
    expect(await readdir(folder)).toEqual([]);
  });
});
