import { describe, expect, it } from 'vitest';
import { formatBytes, formatColumns, formatCount, formatDuration, wrapText } from '../../../shared/cli/format.js';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [999, '999 ms'],
    [999.6, '1 s'],
    [1_000, '1 s'],
    [59_499, '59 s'],
    [59_999, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [3_605_000, '1 h'],
    [86_400_000, '1 d'],
    [90_000_000, '1 d 1 h'],
    [400 * 86_400_000, '400 d'],
  ])('says %d ms as "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0.0 kB'],
    [1_500, '1.5 kB'],
    [999_999, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [999_999_999, '1.00 GB'],
    [3_210_000_000, '3.21 GB'],
  ])('says %d as "%s"', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatColumns', () => {
  it('aligns cells and leaves no blanks at the end of a line', () => {
    const rows = [
      ['a', 'bb', 'c'],
      ['aaa', '', ''],
      ['x', 'y'],
    ];
    expect(formatColumns(rows)).toBe('a    bb  c\naaa\nx    y');
  });

  it('makes nothing of nothing', () => {
    expect(formatColumns([])).toBe('');
  });
});

describe('formatCount', () => {
  it('says one of a thing in the singular', () => {
    expect([0, 1, 2].map((count) => formatCount(count, 'job'))).toEqual(['0 jobs', '1 job', '2 jobs']);
    expect(formatCount(2, 'entry', 'entries')).toBe('2 entries');
  });
});

describe('wrapText', () => {
  it('breaks at blanks, and a word that is too long where it has to', () => {
    expect(wrapText('the database is away', 12)).toEqual(['the database', 'is away']);
    expect(wrapText('at /srv/tux/logs/reports', 10)).toEqual(['at', '/srv/tux/l', 'ogs/report', 's']);
    expect(wrapText('  two\n lines  ', 80)).toEqual(['two lines']);
    expect(wrapText('', 80)).toEqual([]);
  });

  it('never exceeds the width, whatever the text', () => {
    for (let width = 1; width < 30; width += 1) {
      const lines = wrapText('a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh', width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe('abbcccddddeeeeeffffffggggggghhhhhhhh');
    }
  });
});
