import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatMoment,
  formatMs,
  formatSeconds,
  formatTime,
  plural,
  withLocalMoments,
} from '../../../page/format.js';

describe('figures on the page', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [2_712, '2.7 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_500_000, '2 h 5 min'],
    [349_200_000, '4 d 1 h'],
  ])('a duration of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('what counts down is in whole seconds and ends at 0', () => {
    expect([2_712, 400, -3_000].map(formatSeconds)).toEqual(['3 s', '0 s', '0 s']);
  });

  it.each([
    [900, 'just now'],
    [12_000, '12 s ago'],
    [3_900_000, '1 h 5 min ago'],
  ])('an age of %d ms is written %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  it('no figure rounds up into the next unit', () => {
    expect([999_949, 999_950, 999_949_999, 999_950_000].map(formatBytes)).toEqual([
      '999.9 kB',
      '1.0 MB',
      '999.9 MB',
      '1.00 GB',
    ]);
  });

  it('milliseconds have a decimal only while that says something', () => {
    expect([1.44, 12.3, 1_234.4].map(formatMs)).toEqual(['1.4 ms', '12 ms', '1,234 ms']);
  });

  it('one is not many', () => {
    expect([plural(0, 'server'), plural(1, 'server'), plural(1_200, 'server')]).toEqual([
      '0 servers',
      '1 server',
      '1,200 servers',
    ]);
  });
});

describe('moments on the page', () => {
  const noon = new Date(2026, 10, 21, 12, 0, 0).getTime();

  it('of today are times, of other days have their date', () => {
    expect(formatMoment(noon + 61_000, noon)).toBe('12:01:01');
    expect(formatMoment(noon - 86_400_000, noon)).toBe('20 Nov 12:00');
  });

  it('in the sentences of the supervisor are written in the same way', () => {
    const at = new Date(noon + 61_000).toISOString();
    expect(withLocalMoments(`no worker: held until ${at}`, noon)).toBe(
      `no worker: held until ${formatTime(noon + 61_000)}`,
    );
  });
});
