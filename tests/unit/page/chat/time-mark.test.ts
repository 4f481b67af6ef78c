import { describe, expect, it } from 'vitest';
import { formatTimeMark } from '../../../../page/chat/time-mark.js';

const at = new Date(2026, 10, 21, 15, 4, 9).getTime();

describe('formatTimeMark', () => {
  it.each([
    ['t', '15:04'],
    ['T', '15:04:09'],
    ['d', '21/11/2026'],
    ['D', '21 November 2026'],
    ['f', '21 November 2026 15:04'],
    ['F', 'Saturday 21 November 2026 15:04'],
  ])('style %s is %s', (style, words) => {
    const plain = formatTimeMark(at, style, at).replace(/,| at/g, ''); // they differ between versions of ICU
    expect(plain).toBe(words);
  });

  it.each([
    [90_000, 'in 2 minutes'],
    [59_000, 'in 59 seconds'],
    [0, 'in 0 seconds'],
    [-3_600_000, '1 hour ago'],
    [-172_800_000, '2 days ago'],
  ])('relative to now, %d ms away is %s', (away, words) => {
    expect(formatTimeMark(at + away, 'R', at)).toBe(words);
  });
});
