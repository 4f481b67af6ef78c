import { expect, it } from 'vitest';
import { describeSession } from '../../../../supervisor/commands/session-text.js';

const resumed = { how: 'resumed', reason: null, replayed: 0, suppressed: 0, stale: 0, gapMs: null } as const;

it.each([
  [resumed, 'resumed, 0 events repeated'],
  [
    { ...resumed, replayed: 12, suppressed: 10, stale: 1, gapMs: 47.6 },
    'resumed, 12 events repeated (10 dealt with before), 1 interaction too late, gap 48 ms',
  ],
  [{ ...resumed, how: 'identified', reason: 'refused' } as const, 'new, by IDENTIFY (refused)'],
])('says how a run came by its session', (session, text) => expect(describeSession(session)).toBe(text));
