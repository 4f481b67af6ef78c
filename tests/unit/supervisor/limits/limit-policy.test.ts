import { describe, expect, it } from 'vitest';
import { judgeLimits, type Limits, limitsOf, noExcess } from '../../../../supervisor/limits/limit-policy.js';

const MB = 1_000_000;
const limits: Limits = { rssBytes: 500 * MB, lagMs: 200 };
const well = { rssBytes: 100 * MB, eventLoopLagMs: 1 };

/** The breach after each of some heartbeats in a row. */
function judgeAll(beats: readonly Partial<typeof well>[], given = limits): (string | null)[] {
  let excess = noExcess;
  return beats.map((beat) => {
    const judged = judgeLimits(excess, { ...well, ...beat }, given);
    excess = judged.excess;
    return judged.breach;
  });
}

describe('the limits', () => {
  it.each([
    ['are those of the settings', { TUX_MAX_RSS_MB: 300, TUX_MAX_LAG_MS: 100 }, 2_000 * MB, [300 * MB, 100]],
    ['leave room in what a control group allows', { TUX_MAX_LAG_MS: 0 }, 1_000 * MB, [836 * MB, null]],
    ['are none without either', { TUX_MAX_LAG_MS: 0 }, null, [null, null]],
    [
      'are none where what is left is hardly more than Tux needs',
      { TUX_MAX_LAG_MS: 0, DATABASE_URL: 'postgresql://elsewhere/tux' },
      256 * 1024 ** 2,
      [null, null],
    ],
    [
      'leave less room where the database is elsewhere',
      { TUX_MAX_LAG_MS: 0, DATABASE_URL: 'postgresql://elsewhere/tux' },
      500 * MB,
      [386 * MB, null],
    ],
    ['are none where Tux hardly fits with its own database', { TUX_MAX_LAG_MS: 0 }, 450 * MB, [null, null]],
  ])('%s', (_, env, cgroupBytes, [rssBytes, lagMs]) => {
    expect(limitsOf(env, cgroupBytes)).toEqual({ rssBytes, lagMs });
  });
});

describe('a worker', () => {
  const big = { rssBytes: 600 * MB };
  const slow = { eventLoopLagMs: 300 };

  it('that uses too much memory for three heartbeats in a row is restarted', () => {
    expect(judgeAll([big, big, big])).toEqual([null, null, 'it uses 600.0 MB of memory, the limit is 500.0 MB']);
  });

  it('whose memory comes down again is left alone', () => {
    expect(judgeAll([big, big, {}, big, big])).toEqual([null, null, null, null, null]);
  });

  it('whose event loop lags for six heartbeats in a row is restarted', () => {
    expect(judgeAll([slow, slow, slow, slow, slow, slow]).at(-1)).toBe(
      'its event loop lags by 300 ms, the limit is 200 ms',
    );
    expect(judgeAll([slow, slow, slow, slow, slow, {}, slow])).not.toContain(expect.any(String));
  });

  it('without limits is left alone', () => {
    const beats = Array.from({ length: 20 }, () => ({ ...big, ...slow }));
    expect(judgeAll(beats, { rssBytes: null, lagMs: null })).toEqual(beats.map(() => null));
  });
});
