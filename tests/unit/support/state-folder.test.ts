import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLeftover, problemOfFile } from '../../support/state-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-look-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function problem(name: string, text: string, isGrowing: boolean): Promise<string | null> {
  await writeFile(join(folder, name), text);
  return problemOfFile(join(folder, name), { isGrowing });
}

describe('a file of the state folder', () => {
  it.each([
    ['a.json', '{"whole":1}', null],
    ['a.json', '{"torn":', 'not JSON: {"torn":'],
    ['a.json', '', 'not JSON: '],
    ['a.jsonl', '{}\n{"torn"\n{}\n', 'not JSON: {"torn"'],
    ['a.mark', 'not of JSON', null],
  ])('%s with %j has the problem %j', async (name, text, expected) => {
    expect(await problem(name, text, true)).toBe(expected);
    expect(await problem(name, text, false)).toBe(expected);
  });

  it('may end in a line that is being written, while it grows', async () => {
    expect(await problem('a.journal', '{}\n{"tor', true)).toBeNull();
    expect(await problem('a.journal', '{}\n{"tor', false)).toBe('not JSON: {"tor');
  });

  it('that cannot be read has the code of that as its problem', async () => {
    expect(await problemOfFile(join(folder, 'missing.json'), { isGrowing: true })).toBe('ENOENT');
  });
});

it.each([
  ['bot.lock', true],
  ['bot.lock.01ABC.sock', true],
  ['bot.lock.mutex.after.01ABC', true],
  ['history.jsonl.7123456789000001', true],
  ['gateway-session.mark.7123456789000001', true],
  ['reminders.json.broken.20260102T030405678Z', true],
  ['reminders.json', false],
  ['queue-cache.journal', false],
  ['gateway-session.mark', false],
  ['pgdata', false],
])('%s has no place in a folder in which everything has stopped: %s', (name, expected) => {
  expect(isLeftover(name)).toBe(expected);
});
