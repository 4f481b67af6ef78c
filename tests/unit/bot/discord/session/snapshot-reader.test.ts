import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSnapshot, stampOf } from '../../../../../bot/discord/session/snapshot-reader.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-snapshot-reader-'));
  path = join(folder, 'gateway-cache.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

it('the stamp of a snapshot is another one after each change, and there is none without a file', async () => {
  expect(stampOf(path)).toBeNull();
  await writeFile(path, 'one\n');
  const first = stampOf(path);
  expect(stampOf(path)).toEqual(first);
  await appendFile(path, 'two\n');
  expect(stampOf(path)).not.toEqual(first);
});

it('the reading of a snapshot ends when it is called off, and says so', async () => {
  const calledOff = new AbortController();
  await writeFile(path, 'a line of something else\n'.repeat(2));
  expect(await readSnapshot(path, 0, calledOff.signal)).toMatchObject({ reason: 'snapshot-damaged' });
  calledOff.abort(new Error('activated'));
  await expect(readSnapshot(path, 0, calledOff.signal)).rejects.toThrow('activated');
});
