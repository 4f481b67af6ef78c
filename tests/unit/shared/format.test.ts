import { describe, expect, it } from 'vitest';
import { formatBytes, formatColumns, formatDuration } from '../../../shared/cli/format.js';

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
