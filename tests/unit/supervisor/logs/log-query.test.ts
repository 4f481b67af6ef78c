import { describe, expect, it } from 'vitest';
import { logFilter, parseSince } from '../../../../supervisor/logs/log-query.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const line = (fields: object) =>
  JSON.stringify({ level: 30, time: '2026-01-31T11:55:00.000Z', runId: '01JABCXYZ', ...fields });

describe('which lines are wanted', () => {
  it('all, also torn ones, without a condition', () => {
    expect(['{}', '{"torn', 'plain'].map(logFilter({}))).toEqual([true, true, true]);
  });

  it.each([
    ['as severe', { level: 40 }, true],
    ['more severe', { level: 60 }, true],
    ['less severe', { level: 30 }, false],
    ['without a level, as a stray object of the worker', { level: undefined }, false],
  ])('a line that is %s', (_, fields, expected) => {
    expect(logFilter({ minLevel: 40 })(line(fields))).toBe(expected);
  });

  it.each([
    ['from then', { time: '2026-01-31T11:55:00.000Z' }, true],
    ['from a moment before', { time: '2026-01-31T11:54:59.999Z' }, false],
    ['without a time', { time: undefined }, false],
  ])('a line %s', (_, fields, expected) => {
    expect(logFilter({ since: Date.UTC(2026, 0, 31, 11, 55) })(line(fields))).toBe(expected);
  });

  it.each([
    ['01JABCXYZ', true],
    ['xyz', true],
    ['01ja', true],
    ['ABC', false],
  ])('a line of run %s', (runId, expected) => {
    expect(logFilter({ runId })(line({}))).toBe(expected);
    expect(logFilter({ runId })(line({ runId: undefined }))).toBe(false);
  });

  it('only where all conditions hold, and no torn one', () => {
    const fits = logFilter({ minLevel: 40, runId: 'XYZ' });
    expect(
      [line({ level: 40 }), line({ level: 40, runId: 'B' }), line({}), '{"level":40,"runId":"XYZ'].map(fits),
    ).toEqual([true, false, false, false]);
  });
});

describe('since', () => {
  it.each([
    ['90s', NOW - 90_000],
    ['10m', NOW - 600_000],
    ['2 h', NOW - 7_200_000],
    ['3D', NOW - 3 * 86_400_000],
    ['1w', NOW - 7 * 86_400_000],
    ['2026-01-31T08:00Z', Date.UTC(2026, 0, 31, 8)],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
  ])('reads %s', (text, expected) => {
    expect(parseSince(text, NOW)).toBe(expected);
  });

  it.each(['', '10', 'm', '10x', 'yesterday', '-5m', '2026-13-45'])('does not take %j', (text) => {
    expect(parseSince(text, NOW)).toBeNull();
  });
});
