import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../../supervisor/standby/build-fingerprint.js';

let root: string;
let program: string;
let before: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tux-build-'));
  program = join(root, 'dist/bot/main.js');
  for (const path of ['dist/bot/main.js', 'dist/bot/cogs/fun.js', 'dist/shared/clock.js', 'package.json'])
    write(path, 'a');
  before = fingerprintOf(program);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the fingerprint of a build', () => {
  it('stays the same while nothing changes that a worker is made of', () => {
    write('dist/supervisor/main.js', 'another one');
    write('dist/bot/main.js.map', 'another one');
    write('state/supervisor.json', '{}');
    expect(fingerprintOf(program)).toBe(before);
  });

  it.each([
    ['a file of the bot has another size', () => write('dist/bot/cogs/fun.js', 'ab')],
    ['a file of the bot is new', () => write('dist/bot/cogs/info.js', 'a')],
    ['one is gone', () => rmSync(join(root, 'dist/bot/cogs/fun.js'))],
    ['what both programs share was written anew', () => utimesSync(join(root, 'dist/shared/clock.js'), 1, 1)],
    ['there are other dependencies', () => write('package-lock.json', '{}')],
    ['packages were put together anew', () => write('dist/node_modules/zod/index-a.js', 'a')],
  ])('changes when %s', async (_what, change) => {
    change();
    expect(fingerprintOf(program)).not.toBe(before);
  });

  it('is there also while a build is being written and nothing is in its place', () => {
    rmSync(join(root, 'dist'), { recursive: true });
    expect(fingerprintOf(program)).not.toBe(before);
  });
});
