import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RotatingFile } from '../../../supervisor/rotating-file.js';

let folder: string;
let path: string;
let file: RotatingFile;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-rotating-'));
  path = join(folder, 'logs', 'tux.log');
  file = new RotatingFile({ path, maxBytes: 20, keep: 2 });
});
afterEach(async () => {
  file.close();
  await rm(folder, { recursive: true });
});

const read = (suffix = '') => readFileSync(`${path}${suffix}`, 'utf8');

describe('RotatingFile', () => {
  it('touches nothing before the first line; then makes folder and file, for the owner only', () => {
    expect(existsSync(join(folder, 'logs'))).toBe(false);
    file.write('hello\n');
    expect(read()).toBe('hello\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('appends to what is there', () => {
    file.write('one\n');
    file.close();
    file.write('two\n');
    expect(read()).toBe('one\ntwo\n');
  });

  it('moves itself away before a line that does not fit any more', () => {
    for (const line of ['0123456789\n', 'abcdefgh\n', 'next\n']) file.write(line);
    expect(read()).toBe('next\n');
    expect(read('.1')).toBe('0123456789\nabcdefgh\n');
  });

  it('keeps as many old files as it should, the newest as .1', () => {
    for (const letter of 'abcd') file.write(`${letter.repeat(15)}\n`);
    expect([read(), read('.1'), read('.2')].map((text) => text[0])).toEqual(['d', 'c', 'b']);
    expect(existsSync(`${path}.3`)).toBe(false);
  });

  it('takes a line that is longer than a file, alone', () => {
    file.write('short\n');
    file.write(`${'x'.repeat(100)}\n`);
    file.write('short again\n');
    expect([read('.2'), read('.1').length, read()]).toEqual(['short\n', 101, 'short again\n']);
  });

  it('counts bytes, not letters, and the lines of an earlier supervisor', () => {
    file.write('ääääääää\n'); // 17 bytes
    file.close();
    file.write('abcd\n');
    expect([read('.1'), read()]).toEqual(['ääääääää\n', 'abcd\n']);
  });

  it('drops and counts lines while the disk is full, and goes on when it is not', () => {
    file.write('before\n');
    file.close();
    rmSync(path);
    symlinkSync('/dev/full', path);
    file.write('lost\n');
    file.write('lost, too\n');
    expect(file.dropped).toBe(2);
    rmSync(path);
    file.write('after\n');
    expect([file.dropped, read()]).toEqual([0, 'after\n']);
  });

  it('drops lines while its folder cannot be made, and goes on when it can', () => {
    writeFileSync(join(folder, 'logs'), 'a file is in the way');
    file.write('lost\n');
    expect(file.dropped).toBe(1);
    rmSync(join(folder, 'logs'));
    file.write('after\n');
    expect(read()).toBe('after\n');
  });

  it('does not throw when it cannot rotate', () => {
    file.write('0123456789\n');
    rmSync(path);
    file.write('abcdefghijkl\n'); // there is nothing to rename
    expect(file.dropped).toBe(1);
    file.write('after\n');
    expect([file.dropped, read()]).toEqual([0, 'after\n']);
  });
});
