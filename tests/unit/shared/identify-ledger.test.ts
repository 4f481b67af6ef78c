import { describe, expect, it } from 'vitest';
import {
  AUTOMATIC_RESERVE,
  budgetOf,
  emptyLedger,
  FORCED_RESERVE,
  IDENTIFY_WINDOW_MS,
  type IdentifyLedger,
  identifyLedgerSchema,
  mayIdentify,
  reportLimit,
  spendIdentify,
  waitForIdentifyMs,
} from '../../../shared/identify-ledger.js';
import type { SessionStartLimit } from '../../../shared/ipc-protocol.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;
const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();

const limit = (remaining: number, resetAfter = 10 * HOUR, total = 1_000): SessionStartLimit => ({
  total,
  remaining,
  reset_after: resetAfter,
  max_concurrency: 1,
});

/** A ledger with `count` IDENTIFYs, one each `everyMs` from `from` on. */
function spent(count: number, from: number, everyMs = 0): IdentifyLedger {
  const identifies = Array.from({ length: count }, (_, index) => iso(from + index * everyMs));
  return { ...emptyLedger(), identifies };
}

describe('our own count', () => {
  it('begins with what Discord grants everybody', () => {
    expect(budgetOf(emptyLedger(), NOW)).toEqual({ total: 1_000, remaining: 1_000, resetAt: null });
  });

  it('counts the last 24 h and nothing older, to the millisecond', () => {
    const ledger = spent(1, NOW);
    const end = NOW + IDENTIFY_WINDOW_MS;
    expect(budgetOf(ledger, end - 1)).toEqual({ total: 1_000, remaining: 999, resetAt: iso(end) });
    expect(budgetOf(ledger, end)).toEqual({ total: 1_000, remaining: 1_000, resetAt: null });
  });

  it('stays bounded: what is older than the window is forgotten', () => {
    const ledger = spendIdentify(spent(500, NOW - 2 * IDENTIFY_WINDOW_MS), NOW);
    expect(ledger.identifies).toEqual([iso(NOW)]);
    expect(reportLimit(spent(500, NOW - 2 * IDENTIFY_WINDOW_MS), limit(9), NOW).identifies).toEqual([]);
  });

  it('survives the way to the disk and back', () => {
    const ledger = spendIdentify(reportLimit(emptyLedger(), limit(7), NOW), NOW);
    expect(identifyLedgerSchema.parse(JSON.parse(JSON.stringify(ledger)))).toEqual(ledger);
  });

  it('never shows less than nothing', () => {
    expect(budgetOf(spent(1_200, NOW), NOW).remaining).toBe(0);
    expect(budgetOf(reportLimit(spent(3, NOW), limit(0), NOW), NOW).remaining).toBe(0);
  });
});

describe('a clock that was set', () => {
  it('back: an IDENTIFY that lies in the future counts as just now', () => {
    const ledger = spent(10, NOW + 365 * IDENTIFY_WINDOW_MS);
    expect(budgetOf(ledger, NOW)).toEqual({ total: 1_000, remaining: 990, resetAt: iso(NOW + IDENTIFY_WINDOW_MS) });
  });

  it('back by a year does not hold a bot for a year: the next note puts it right', () => {
    const ahead = spent(900, NOW + 365 * IDENTIFY_WINDOW_MS);
    expect(waitForIdentifyMs(ahead, NOW, AUTOMATIC_RESERVE)).toBe(IDENTIFY_WINDOW_MS);
    for (const noted of [spendIdentify(ahead, NOW), reportLimit(ahead, limit(1_000), NOW)]) {
      expect(mayIdentify(noted, NOW, AUTOMATIC_RESERVE)).toBe(false);
      expect(mayIdentify(noted, NOW + IDENTIFY_WINDOW_MS, AUTOMATIC_RESERVE)).toBe(true);
    }
  });

  it('forward: what was spent is out of the window; only Discord knows better', () => {
    const ledger = reportLimit(spent(900, NOW), limit(100, 20 * HOUR), NOW);
    expect(budgetOf(ledger, NOW + 2 * IDENTIFY_WINDOW_MS).remaining).toBe(1_000);
  });

  it('back: a report from the future counts as just made', () => {
    const ledger = reportLimit(emptyLedger(), limit(5, HOUR), NOW + 100 * HOUR);
    expect(budgetOf(ledger, NOW)).toEqual({ total: 1_000, remaining: 5, resetAt: iso(NOW + HOUR) });
  });
});

describe('what Discord reports', () => {
  it('wins where it is less, and our own count where that is', () => {
    expect(budgetOf(reportLimit(spent(10, NOW - 1), limit(500), NOW), NOW).remaining).toBe(500);
    expect(budgetOf(reportLimit(spent(10, NOW - 1), limit(1_000), NOW), NOW).remaining).toBe(990);
  });

  it('is reduced by each IDENTIFY since, one at the same instant included', () => {
    let ledger = reportLimit(emptyLedger(), limit(500), NOW);
    ledger = spendIdentify(ledger, NOW);
    expect(budgetOf(ledger, NOW).remaining).toBe(499);
    ledger = spendIdentify(ledger, NOW + MINUTE);
    expect(budgetOf(ledger, NOW + MINUTE).remaining).toBe(498);
  });

  it('is not reduced by what was spent before: Discord has counted that', () => {
    expect(budgetOf(reportLimit(spent(3, NOW - HOUR), limit(500), NOW), NOW).remaining).toBe(500);
  });

  it('is believed until it resets', () => {
    const ledger = reportLimit(emptyLedger(), limit(0, HOUR), NOW);
    expect(budgetOf(ledger, NOW + HOUR - 1)).toEqual({ total: 1_000, remaining: 0, resetAt: iso(NOW + HOUR) });
    expect(budgetOf(ledger, NOW + HOUR).remaining).toBe(1_000);
  });

  it('with reset_after 0 is believed for a minute, neither not at all nor for ever', () => {
    const ledger = reportLimit(emptyLedger(), limit(3, 0), NOW);
    expect(budgetOf(ledger, NOW + MINUTE - 1).remaining).toBe(3);
    expect(budgetOf(ledger, NOW + MINUTE).remaining).toBe(1_000);
  });

  it('with an absurd reset_after is believed for a day', () => {
    const ledger = reportLimit(emptyLedger(), limit(0, 400 * IDENTIFY_WINDOW_MS), NOW);
    expect(waitForIdentifyMs(ledger, NOW, AUTOMATIC_RESERVE)).toBe(IDENTIFY_WINDOW_MS);
  });

  it('may name another total; 0 is none', () => {
    expect(budgetOf(reportLimit(emptyLedger(), limit(2_000, HOUR, 2_000), NOW), NOW).total).toBe(2_000);
    expect(budgetOf(reportLimit(emptyLedger(), limit(0, HOUR, 0), NOW), NOW).total).toBe(1_000);
  });
});

describe('the reserve', () => {
  it.each([
    ['automatic', AUTOMATIC_RESERVE, 201],
    ['forced', FORCED_RESERVE, 21],
  ])('of %s restarts is left untouched by the last IDENTIFY', (_name, reserve, last) => {
    const withRemaining = (remaining: number) => reportLimit(emptyLedger(), limit(remaining), NOW);
    expect(mayIdentify(withRemaining(last), NOW, reserve)).toBe(true);
    expect(mayIdentify(withRemaining(last - 1), NOW, reserve)).toBe(false);
    const after = spendIdentify(withRemaining(last), NOW);
    expect(budgetOf(after, NOW).remaining).toBe(1_000 * reserve);
  });

  it('of nothing still needs one that is left', () => {
    expect(mayIdentify(reportLimit(emptyLedger(), limit(1), NOW), NOW, 0)).toBe(true);
    expect(mayIdentify(reportLimit(emptyLedger(), limit(0), NOW), NOW, 0)).toBe(false);
  });
});

describe('the wait for the next IDENTIFY', () => {
  const wait = (ledger: IdentifyLedger) => waitForIdentifyMs(ledger, NOW, AUTOMATIC_RESERVE);

  it.each<[string, IdentifyLedger, number]>([
    ['is nothing with a full budget', emptyLedger(), 0],
    ['ends when the oldest falls out of the window', spent(800, NOW - HOUR, 1_000), 23 * HOUR],
    ['goes on until enough have fallen out', spent(810, NOW - HOUR, 1_000), 23 * HOUR + 10_000],
    ['ends when the report resets', reportLimit(emptyLedger(), limit(100, HOUR), NOW), HOUR],
    ['lasts a minute after a report without a time', reportLimit(emptyLedger(), limit(0, 0), NOW), MINUTE],
    [
      'ends when both allow it, the report last',
      reportLimit(spent(800, NOW - 23 * HOUR), limit(100, 10 * HOUR), NOW),
      10 * HOUR,
    ],
    [
      'ends when both allow it, our count last',
      reportLimit(spent(800, NOW - HOUR), limit(100, 10 * HOUR), NOW),
      23 * HOUR,
    ],
    ['terminates when all of a day were spent at once', spent(5_000, NOW - 1), IDENTIFY_WINDOW_MS - 1],
  ])('%s', (_title, ledger, expected) => {
    expect(wait(ledger)).toBe(expected);
    if (expected > 0) expect(mayIdentify(ledger, NOW + expected - 1, AUTOMATIC_RESERVE)).toBe(false);
    expect(mayIdentify(ledger, NOW + expected, AUTOMATIC_RESERVE)).toBe(true);
  });

  it('is exact for a thousand spread over the day', () => {
    const ledger = spent(1_000, NOW - 20 * HOUR, 60_000);
    const waitMs = wait(ledger);
    expect(mayIdentify(ledger, NOW + waitMs, AUTOMATIC_RESERVE)).toBe(true);
    expect(mayIdentify(ledger, NOW + waitMs - 1, AUTOMATIC_RESERVE)).toBe(false);
  });
});
