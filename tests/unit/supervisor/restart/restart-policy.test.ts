import { describe, expect, it } from 'vitest';
import { AUTOMATIC_RESERVE, emptyLedger, type IdentifyLedger } from '../../../../shared/identify-ledger.js';
import type { ExitVerdict, RunClass } from '../../../../supervisor/restart/exit-policy.js';
import {
  type Decision,
  decideRestart,
  initialRestartState,
  type RestartFacts,
  type RestartState,
} from '../../../../supervisor/restart/restart-policy.js';

const NOW = Date.UTC(2026, 5, 1, 12);
/** Full jitter draws from [0, ceiling]; with this it is the ceiling, to the millisecond. */
const ALMOST_ONE = 0.999_999_9;
const iso = (at: number) => new Date(at).toISOString();

const verdict = (action: ExitVerdict['action'], runClass: RunClass = 'crash'): ExitVerdict => ({
  class: runClass,
  action,
  exitCode: 0,
  reason: 'exit code 1',
});

function decide(facts: Partial<RestartFacts> = {}) {
  return decideRestart({
    verdict: verdict('back-off'),
    uptimeMs: 1_000,
    mayResume: false,
    state: initialRestartState(),
    ledger: emptyLedger(),
    now: NOW,
    random: () => ALMOST_ONE,
    ...facts,
  });
}

const crashed = (consecutiveCrashes: number, more: Partial<RestartState> = {}): RestartState => ({
  ...initialRestartState(),
  consecutiveCrashes,
  ...more,
});

const usedUp: IdentifyLedger = {
  ...emptyLedger(),
  identifies: Array.from({ length: 800 }, () => iso(NOW - 3_600_000)),
};

describe('a planned restart', () => {
  it('comes at once and leaves no trace', () => {
    const state = crashed(4, { recentCrashes: [iso(NOW)], holds: 2 });
    expect(decide({ verdict: verdict('restart', 'planned'), state })).toEqual({
      decision: { kind: 'restart', afterMs: 0 },
      state,
    });
  });

  it('comes at once after any uptime', () => {
    expect(decide({ verdict: verdict('restart', 'planned'), uptimeMs: 0 }).decision).toMatchObject({ afterMs: 0 });
  });

  it('is held all the same when the IDENTIFY budget is down to its reserve', () => {
    const { decision } = decide({ verdict: verdict('restart', 'planned'), ledger: usedUp });
    expect(decision).toMatchObject({ kind: 'hold', reason: 'identify-budget', afterMs: 23 * 3_600_000 });
  });
});

describe('a crash', () => {
  it.each([
    [29_999, 1_000],
    [30_000, 0],
    [299_999, 0],
    [300_000, 0],
  ])('that is the first one, after %i ms up, waits at most %i ms', (uptimeMs, afterMs) => {
    expect(decide({ uptimeMs })).toMatchObject({
      decision: { kind: 'restart', afterMs },
      state: { consecutiveCrashes: 1 },
    });
  });

  it.each([
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [4, 16_000],
    [5, 32_000],
    [6, 60_000],
    [7, 60_000],
    [10_000, 60_000],
  ])('after %i others waits at most %i ms, and at least nothing', (before, ceilingMs) => {
    const facts = { state: crashed(before), uptimeMs: 29_999 };
    expect(decide(facts).decision).toEqual({ kind: 'restart', afterMs: ceilingMs });
    expect(decide({ ...facts, random: () => 0.5 }).decision).toEqual({ kind: 'restart', afterMs: ceilingMs / 2 });
    expect(decide({ ...facts, random: () => 0 }).decision).toEqual({ kind: 'restart', afterMs: 0 });
  });

  it('is forgiven once only: a second one after 30 s backs off', () => {
    expect(decide({ state: crashed(1), uptimeMs: 30_000 }).decision).toMatchObject({ afterMs: 2_000 });
  });

  it.each<RunClass>(['crash', 'hang', 'failed-start'])('of class %s is treated alike', (runClass) => {
    expect(decide({ verdict: verdict('back-off', runClass), state: crashed(2) }).decision).toMatchObject({
      afterMs: 4_000,
    });
  });

  it('after 300 s up forgets everything before it', () => {
    const state = crashed(17, { recentCrashes: [iso(NOW - 1)], holds: 6 });
    expect(decide({ state, uptimeMs: 299_999 }).state).toMatchObject({ consecutiveCrashes: 18, holds: 6 });
    expect(decide({ state, uptimeMs: 300_000 })).toEqual({
      decision: { kind: 'restart', afterMs: 0 },
      state: { consecutiveCrashes: 1, recentCrashes: [iso(NOW)], holds: 0 },
    });
  });
});

describe('five crashes within a minute', () => {
  const four = (agoMs: number) => Array.from({ length: 4 }, () => iso(NOW - agoMs));

  it('are a hold; the fifth a moment later is not', () => {
    const state = (agoMs: number) => crashed(4, { recentCrashes: four(agoMs) });
    expect(decide({ state: state(59_999), random: () => 0 }).decision).toMatchObject({
      kind: 'hold',
      reason: 'crash-loop',
      afterMs: 66_000,
      message: '5 crashes in a row; the last: exit code 1',
    });
    expect(decide({ state: state(60_000) }).decision.kind).toBe('restart');
  });

  it('are counted afresh after the hold', () => {
    expect(decide({ state: crashed(4, { recentCrashes: four(1) }) }).state).toEqual({
      consecutiveCrashes: 5,
      recentCrashes: [],
      holds: 1,
    });
  });

  it.each([
    [1, 120_000],
    [2, 240_000],
    [3, 480_000],
    [4, 900_000],
    [50, 900_000],
  ])('after %i holds make a hold of %i ms, stretched by a tenth to a quarter', (holds, afterMs) => {
    const state = crashed(9, { holds });
    expect(decide({ state, random: () => 0 }).decision).toMatchObject({
      kind: 'hold',
      afterMs: Math.round(afterMs * 1.1),
    });
    expect(decide({ state, random: () => ALMOST_ONE }).decision).toMatchObject({
      kind: 'hold',
      afterMs: afterMs * 1.25,
    });
  });

  it('leave the next run on probation: one early crash is enough, a later one is not', () => {
    expect(decide({ state: crashed(5, { holds: 1 }), uptimeMs: 59_999 }).decision.kind).toBe('hold');
    expect(decide({ state: crashed(5, { holds: 1 }), uptimeMs: 60_000 }).decision.kind).toBe('restart');
  });

  it('never end in giving up by themselves', () => {
    expect(decide({ state: crashed(1_000_000, { holds: 500 }) }).decision.kind).toBe('hold');
  });
});

describe('a limit of crashes', () => {
  it('is kept to the last one', () => {
    expect(decide({ state: crashed(1), maxCrashes: 3 }).decision.kind).toBe('restart');
    expect(decide({ state: crashed(2), maxCrashes: 3 }).decision).toEqual({
      kind: 'give-up',
      message: 'gave up after 3 crashes in a row; the last: exit code 1',
    });
  });

  it('does not count planned restarts', () => {
    const planned = { verdict: verdict('restart', 'planned'), state: crashed(2), maxCrashes: 3 };
    expect(decide(planned).decision.kind).toBe('restart');
  });

  it('begins again after a long run', () => {
    expect(decide({ state: crashed(2), maxCrashes: 3, uptimeMs: 300_000 }).decision.kind).toBe('restart');
  });
});

describe('the IDENTIFY budget', () => {
  it.each<[string, Partial<RestartFacts>]>([
    ['a first crash after a good run', { uptimeMs: 40_000 }],
    ['a crash in a row', { state: crashed(3) }],
    ['a crash loop', { state: crashed(3, { holds: 3 }) }],
    ['a hang', { verdict: verdict('back-off', 'hang') }],
    ['a failed start', { verdict: verdict('back-off', 'failed-start') }],
  ])('has the last word over %s', (_what, facts) => {
    const { decision } = decide({ ...facts, ledger: usedUp });
    const message = `less than ${AUTOMATIC_RESERVE * 100} % of the day's IDENTIFY budget is left`;
    expect(decision).toEqual<Decision>({ kind: 'hold', reason: 'identify-budget', afterMs: 23 * 3_600_000, message });
  });

  it.each([
    ['a crash', {}],
    ['a planned restart', { verdict: verdict('restart', 'planned') }],
  ])('does not hold back %s that leaves a session: to go on with it costs nothing', (_what, facts) => {
    expect(decide({ ...facts, mayResume: true, ledger: usedUp }).decision.kind).toBe('restart');
  });

  it('still has the crash counted', () => {
    expect(decide({ state: crashed(3), ledger: usedUp }).state.consecutiveCrashes).toBe(4);
  });
});
