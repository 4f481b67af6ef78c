import { describe, expect, it } from 'vitest';
import { countDurationWords, formatDuration, parseDuration } from '../../../../bot/framework/duration.js';

describe('parseDuration', () => {
  it.each([
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2 days', 172_800_000],
    ['1 week 2 days 3 hrs 4 mins 5 secs', 788_645_000],
    ['90S', 90_000],
    [' 1h ', 3_600_000],
    ['0s', 0],
  ])('reads %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    '10',
    'm',
    '30m1h',
    '1h1h',
    '-5m',
    '1.5h',
    '1e3s',
    'ten minutes',
    '10m tea',
    '٣m',
    `${'9'.repeat(400)}s`,
  ])('does not read %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('formatDuration', () => {
  it.each([
    [5_400_000, '1 hour 30 minutes'],
    [86_400_000 * 8 + 1_000, '1 week 1 day 1 second'],
    [999, '0 seconds'],
    [-1, '0 seconds'],
  ])('writes %d ms as %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what parseDuration reads back', () => {
    expect(parseDuration(formatDuration(788_645_000))).toBe(788_645_000);
  });
});

describe('countDurationWords', () => {
  it('takes the longest run of words that is a duration', () => {
    expect(countDurationWords(['2', 'days', 'until', 'tea'])).toBe(2);
    expect(countDurationWords(['1h', '30m', 'tea'])).toBe(2);
    expect(countDurationWords(['10m', 'tea'])).toBe(1);
  });

  it('takes nothing when the first word cannot begin a duration', () => {
    expect(countDurationWords(['tea', '10m'])).toBe(0);
  });
});
