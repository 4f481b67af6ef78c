import { describe, expect, it } from 'vitest';
import {
  filesToDelete,
  isFull,
  isOfEarlierDay,
  type LogFile,
  type LogFileKind,
  logLimits,
} from '../../../../supervisor/logs/log-retention.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 31, 12);
const LIMITS = { maxFileBytes: 10, keepMs: 14 * DAY_MS, totalBytes: 100 };

const finished = (kind: LogFileKind, ageDays: number, bytes = 1): LogFile => ({
  path: `${kind}-${ageDays}`,
  kind,
  bytes,
  finishedAt: NOW - ageDays * DAY_MS,
});
const current = (kind: LogFileKind, bytes: number): LogFile => ({ path: kind, kind, bytes, finishedAt: null });
const deleted = (files: readonly LogFile[], limits = LIMITS) =>
  filesToDelete(files, NOW, limits).map(({ path }) => path);

describe('the limits of the logs', () => {
  it('are those of the settings', () => {
    const env = { TUX_LOG_MAX_MB: 10, TUX_LOG_KEEP_DAYS: 14, TUX_LOG_TOTAL_MB: 200 };
    expect(logLimits(env)).toEqual({ maxFileBytes: 10_000_000, keepMs: 14 * DAY_MS, totalBytes: 200_000_000 });
  });

  it('leave one file a quarter of the total at most', () => {
    const env = { TUX_LOG_MAX_MB: 10, TUX_LOG_KEEP_DAYS: 1, TUX_LOG_TOTAL_MB: 8 };
    expect(logLimits(env)).toMatchObject({ maxFileBytes: 2_000_000, totalBytes: 8_000_000 });
  });
});

describe('a file is full', () => {
  it.each([
    [0, 5, false],
    [5, 5, false],
    [5, 6, true],
    [10, 1, true],
    [0, 11, false], // alone it fits nowhere better
  ])('with %i bytes before %i more: %s', (bytes, more, expected) => {
    expect(isFull({ bytes }, more, LIMITS)).toBe(expected);
  });
});

describe('a file is of an earlier day', () => {
  it.each([
    ['2026-01-30T23:59:59.999Z', '2026-01-31T00:00:00.000Z', true],
    ['2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z', false],
    ['2025-12-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z', true],
    ['2026-01-31T00:00:00.000Z', '2026-01-30T23:59:59.999Z', false],
  ])('written at %s, at %s: %s', (writtenAt, now, expected) => {
    expect(isOfEarlierDay(Date.parse(writtenAt), Date.parse(now))).toBe(expected);
  });
});

describe('what has to go', () => {
  it('is nothing while there is little, and never what is still written to', () => {
    const files = [current('log', 1_000), current('crash', 1_000), current('log', 0)];
    expect(deleted(files)).toEqual([]);
    expect(deleted([current('log', 5), finished('log', 1), finished('crash', 2), finished('report', 3)])).toEqual([]);
  });

  it('is everything that is too old, whatever it is', () => {
    const files = [finished('log', 14), finished('log', 15), finished('crash', 15), finished('report', 400)];
    expect(deleted(files).sort()).toEqual(['crash-15', 'log-15', 'report-400']);
  });

  it('is the oldest of what is too much, and leaves room for what tux.log may become', () => {
    const files = [4, 1, 3, 2].map((age) => finished('log', age, 30));
    expect(deleted([...files, current('log', 1)])).toEqual(['log-4']);
    expect(deleted([...files, current('log', 1)], { ...LIMITS, maxFileBytes: 11 })).toEqual(['log-4', 'log-3']);
    expect(deleted([...files, current('log', 1), current('crash', 1)])).toEqual(['log-4', 'log-3']);
  });

  it('is an ordinary log before a record of a crash before a report', () => {
    const files = [finished('report', 9, 30), finished('crash', 8, 30), finished('log', 1, 30), finished('log', 2, 30)];
    expect(deleted(files)).toEqual(['log-2']);
    expect(deleted(files, { ...LIMITS, totalBytes: 60 }).sort()).toEqual(['log-1', 'log-2']);
    expect(deleted(files, { ...LIMITS, totalBytes: 30 }).sort()).toEqual(['crash-8', 'log-1', 'log-2']);
    expect(deleted(files, { ...LIMITS, totalBytes: 29 })).toHaveLength(4);
  });

  it('is what there are too many of, however small: reports above 50, old crash.logs above 10', () => {
    const reports = Array.from({ length: 52 }, (_, n) => finished('report', n / 10, 0));
    expect(deleted(reports)).toEqual(['report-5.1', 'report-5']);
    const crashes = Array.from({ length: 11 }, (_, n) => finished('crash', n, 0));
    expect(deleted(crashes)).toEqual(['crash-10']);
    const logs = Array.from({ length: 1_000 }, (_, n) => finished('log', n / 100, 0));
    expect(deleted(logs)).toEqual([]);
  });

  it('is nothing of a time that has not come yet, as long as there is room: the clock was wrong then, or is now', () => {
    expect(deleted([finished('log', -400), finished('log', 1)])).toEqual([]);
  });
});
