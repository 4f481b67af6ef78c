import { describe, expect, it } from 'vitest';
import { absenceNotice, endsAbsence, returnNotice } from '../../../../../bot/cogs/utility/absence-policy.js';
import { NoticeMemory } from '../../../../../bot/cogs/utility/notice-memory.js';

const absentee = { userId: '7', reason: 'lunch', sinceMs: 60_000 };

describe('an absence', () => {
  it('ends with a later message, not with the one that began it', () => {
    expect([59_999, 60_000, 60_001].map((atMs) => endsAbsence(absentee, atMs))).toEqual([false, false, true]);
  });

  it('is told in a line, of many people in a few', () => {
    expect(absenceNotice([absentee])).toBe('💤 <@7> is away since <t:60:R>: lunch');
    const lines = absenceNotice(Array.from({ length: 8 }, () => absentee)).split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([6, '… and 3 more are away.']);
  });

  it('is over with a welcome', () => {
    const backAt = 60_000 + (26 * 60 + 3) * 60_000 + 4_000;
    expect(returnNotice(absentee, backAt)).toBe('👋 Welcome back, <@7>! You were away for 1 day 2 hours.');
  });
});

describe('the memory of notices', () => {
  it('lets one pass in each span of quiet, for each place', () => {
    const memory = new NoticeMemory(1_000);
    expect(memory.isNews('a', 0)).toBe(true);
    expect(memory.isNews('a', 999)).toBe(false);
    expect(memory.isNews('b', 999)).toBe(true);
    expect(memory.isNews('a', 1_000)).toBe(true);
    expect(memory.isNews('a', 1_999)).toBe(false);
  });

  it('forgets the oldest beyond a thousand', () => {
    const memory = new NoticeMemory(1_000_000);
    for (let index = 0; index <= 1_000; index += 1) memory.isNews(String(index), index);
    expect([memory.isNews('1', 2_000), memory.isNews('0', 2_000)]).toEqual([false, true]);
  });
});
