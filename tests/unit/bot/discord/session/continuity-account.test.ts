import { describe, expect, it } from 'vitest';
import { ContinuityAccount } from '../../../../../bot/discord/session/continuity-account.js';
import type { Continuity } from '../../../../../shared/ipc-protocol.js';

const NOW = 10_000;

function account() {
  const told: Continuity[] = [];
  let stale = 0;
  const continuity = new ContinuityAccount({
    clock: { now: () => NOW },
    staleCount: () => stale,
    onContinuity: (news) => void told.push(news),
  });
  return { continuity, told, noteStale: () => (stale += 1) };
}

describe('the account of continuity', () => {
  it('has nothing to tell, and counts nothing, before there is a session', () => {
    const { continuity, told } = account();
    continuity.count({ isDone: false, handledAt: 1 });
    continuity.tell();
    expect(told).toEqual([]);
  });

  it('counts what was repeated, what was done already, and what was too old by the time it is told', () => {
    const { continuity, told, noteStale } = account();
    continuity.begin('resumed', null);
    continuity.count({ isDone: true, handledAt: NOW - 300 });
    continuity.count({ isDone: false, handledAt: NOW - 200 });
    continuity.count({ isDone: false, handledAt: NOW - 100 });
    noteStale();
    continuity.tell();
    const counted = { replayed: 3, suppressed: 1, stale: 1, gapMs: 200 };
    expect(told).toEqual([{ type: 'continuity', how: 'resumed', reason: null, ...counted }]);
  });

  it('knows no gap when the worker before dealt with nothing, and none below zero when a clock was set back', () => {
    const { continuity, told } = account();
    continuity.begin('resumed', null);
    continuity.count({ isDone: false, handledAt: 0 });
    continuity.tell();
    continuity.count({ isDone: false, handledAt: NOW + 5_000 });
    continuity.tell();
    expect(told.map(({ gapMs }) => gapMs)).toEqual([null, 0]);
  });

  it('begins anew with a new session', () => {
    const { continuity, told } = account();
    continuity.begin('resumed', null);
    continuity.count({ isDone: true, handledAt: 0 });
    continuity.begin('identified', 'refused');
    continuity.tell();
    expect(told).toMatchObject([{ how: 'identified', reason: 'refused', replayed: 0, suppressed: 0 }]);
  });
});
