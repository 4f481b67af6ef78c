import { expect, it } from 'vitest';
import type { GatewaySession } from '../../../../shared/control/gateway-session.js';
import { SessionTally } from '../../../../supervisor/health/session-tally.js';

const resumed: GatewaySession = {
  how: 'resumed',
  reason: null,
  replayed: 10,
  suppressed: 8,
  stale: 0,
  gapMs: null,
};

it('counts nothing before the first run', () =>
  expect(new SessionTally().totals).toEqual({
    resumed: 0,
    identified: {},
    replayed: 0,
    suppressed: 0,
    stale: 0,
    gapMs: null,
  }));

it('takes what a run said last', () => {
  const tally = new SessionTally();
  tally.note('a', resumed);
  tally.note('a', { ...resumed, replayed: 11, gapMs: 40 });
  expect(tally.totals).toMatchObject({ resumed: 1, replayed: 11, suppressed: 8, gapMs: 40 });
});

it('adds up the runs, and the reasons of those that had to identify', () => {
  const tally = new SessionTally();
  tally.note('a', { ...resumed, how: 'identified', reason: 'no-session', replayed: 0, suppressed: 0 });
  tally.note('b', { ...resumed, gapMs: 60 });
  tally.note('c', { ...resumed, stale: 2 });
  tally.note('d', { ...resumed, how: 'identified', reason: 'refused', replayed: 0, suppressed: 0 });
  expect(tally.totals).toEqual({
    resumed: 2,
    identified: { 'no-session': 1, refused: 1 },
    replayed: 20,
    suppressed: 16,
    stale: 2,
    gapMs: 60,
  });
});
