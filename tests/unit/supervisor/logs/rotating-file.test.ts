import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { putAside } from '../../../../supervisor/logs/aside.js';
import { RotatingFile } from '../../../../supervisor/logs/rotating-file.js';

const HOUR_MS = 3_600_000;

let root: string;
let folder: string;
let path: string;
let clock: FakeClock;
let isInCharge: boolean;
let mayRename: boolean;
let file: RotatingFile;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tux-rotating-'));
  folder = join(root, 'logs');
  path = join(folder, 'tux.log');
  clock = new FakeClock(Date.UTC(2026, 0, 1, 12));
  isInCharge = true;
  mayRename = true;
  file = newFile();
});
afterEach(async () => {
  file.close();
  await rm(root, { recursive: true });
});

function newFile(): RotatingFile {
  return new RotatingFile({
    path,
    folder: {
      limits: { maxFileBytes: 20, keepMs: 1_000, totalBytes: 1_000 },
      clock,
      get isInCharge() {
        return isInCharge;
      },
      putAside: (which) => {
        if (!mayRename) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
        putAside(which, clock.now());
      },
    },
    lossNotice: (lost) => `lost ${lost}\n`,
  });
}

const read = () => readFileSync(path, 'utf8');
/** What was put aside, oldest first. */
const aside = () =>
  readdirSync(folder)
    .filter((name) => name !== 'tux.log')
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));

describe('RotatingFile', () => {
  it('touches nothing before the first line; then makes folder and file, for the owner only', () => {
    expect(existsSync(folder)).toBe(false);
    file.write('hello\n');
    expect(read()).toBe('hello\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('that cannot be renamed takes the lines of the next day as well, but not more than it may hold', () => {
    file.write('hello\n');
    mayRename = false;
    clock.jumpWallClock(24 * HOUR_MS);
    file.write('again\n');
    expect([read(), file.dropped]).toEqual(['hello\nagain\n', 0]);
    file.write('too much\n');
    expect([read(), file.dropped]).toEqual(['hello\nagain\n', 1]);
  });

  it('appends to what is there', () => {
    file.write('one\n');
    file.close();
    file.write('two\n');
    expect(read()).toBe('one\ntwo\n');
  });

  it('is put aside before a line that does not fit any more, under the time of that', () => {
    for (const line of ['0123456789\n', 'abcdefgh\n', 'next\n']) file.write(line);
    expect([read(), aside()]).toEqual(['next\n', ['0123456789\nabcdefgh\n']]);
    expect(readdirSync(folder)).toContain('tux-20260101T120000000Z.log');
  });

  it('overwrites nothing when it is full twice within a millisecond', () => {
    for (const letter of 'abcd') file.write(`${letter.repeat(15)}\n`);
    expect([...aside(), read()].map((text) => text[0])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes a line that is longer than a file, alone', () => {
    file.write('short\n');
    file.write(`${'x'.repeat(100)}\n`);
    file.write('short again\n');
    expect([...aside(), read()].map((text) => text.length)).toEqual([6, 101, 12]);
  });

  it('counts bytes, not letters, and the lines of an earlier supervisor', () => {
    file.write('ääääääää\n'); // 17 bytes
    file.close();
    file.write('abcd\n');
    expect([aside(), read()]).toEqual([['ääääääää\n'], 'abcd\n']);
  });

  it('is put aside by the first line of another day', async () => {
    file.write('1st\n');
    await clock.advance(11 * HOUR_MS);
    file.write('late\n');
    await clock.advance(2 * HOUR_MS);
    file.write('2nd\n');
    expect([aside(), read()]).toEqual([['1st\nlate\n'], '2nd\n']);
  });

  it('is put aside by the first line of a supervisor that starts on another day', () => {
    file.write('1st\n');
    file.close();
    utimesSync(path, new Date(clock.now() - 24 * HOUR_MS), new Date(clock.now() - 24 * HOUR_MS));
    file.write('2nd\n');
    expect([aside(), read()]).toEqual([['1st\n'], '2nd\n']);
  });

  it('does not mind a clock that is set back over midnight', () => {
    file.write('2nd\n');
    clock.jumpWallClock(-13 * HOUR_MS);
    file.write('1st\n');
    expect([aside(), read()]).toEqual([[], '2nd\n1st\n']);
  });

  it('only grows while another supervisor may be in charge of the folder', () => {
    isInCharge = false;
    for (const letter of 'ab') file.write(`${letter.repeat(15)}\n`);
    expect(aside()).toEqual([]);
    isInCharge = true;
    file.write('c\n');
    expect([aside().length, read()]).toEqual([1, 'c\n']);
  });

  it('begins a new line after one that was torn', () => {
    file.write('whole\n');
    file.close();
    appendFileSync(path, 'tor');
    file.write('after\n');
    file.write('and\n');
    expect(read()).toBe('whole\ntor\nafter\nand\n');
  });

  it('notices within a second that somebody took it away', async () => {
    file.write('one\n');
    renameSync(path, `${path}.moved`);
    await clock.advance(1_000);
    file.write('two\n');
    expect(read()).toBe('two\n');
    rmSync(path);
    await clock.advance(1_000);
    file.write('three\n');
    expect(read()).toBe('three\n');
    truncateSync(path);
    await clock.advance(1_000);
    for (const line of ['0123456789\n', '01234567\n']) file.write(line);
    expect([aside().length, read()]).toEqual([1, '0123456789\n01234567\n']); // the one aside is ours of before
  });

  it('drops and counts lines while the disk is full, and says how many when it is not', () => {
    file.write('before\n');
    file.close();
    rmSync(path);
    symlinkSync('/dev/full', path);
    file.write('lost\n');
    file.write('lost, too\n');
    expect([file.dropped, file.problem?.message]).toEqual([2, expect.stringContaining('ENOSPC')]);
    rmSync(path);
    file.write('after\n');
    file.write('and\n');
    expect([file.dropped, file.problem, read()]).toEqual([0, null, 'lost 2\nafter\nand\n']);
  });

  it('drops lines while its folder cannot be made, and goes on when it can', () => {
    writeFileSync(folder, 'a file is in the way');
    file.write('lost\n');
    expect(file.dropped).toBe(1);
    rmSync(folder);
    file.write('after\n');
    expect(read()).toBe('lost 1\nafter\n');
  });

  it('is made anew when it is gone at the moment at which it would be put aside', () => {
    file.write('0123456789\n');
    rmSync(path);
    file.write('abcdefghijkl\n');
    expect([file.dropped, read()]).toEqual([0, 'abcdefghijkl\n']);
  });

  it('drops lines rather than to grow without end when it cannot be put aside', () => {
    file.write('0123456789\n');
    const stuck = new RotatingFile({
      path,
      folder: {
        limits: { maxFileBytes: 20, keepMs: 1_000, totalBytes: 1_000 },
        clock,
        isInCharge: true,
        putAside: () => {
          throw new Error('EROFS');
        },
      },
      lossNotice: (lost) => `lost ${lost}\n`,
    });
    stuck.write('abcdefghijkl\n');
    expect([stuck.dropped, read()]).toEqual([1, '0123456789\n']);
    stuck.close();
  });
});
