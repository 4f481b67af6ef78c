import { describe, expect, it } from 'vitest';
import { formatXp, progressBar, rankCard } from '../../../../../bot/cogs/levels/rank-card.js';
import { MAX_XP } from '../../../../../bot/cogs/levels/xp-curve.js';

describe('the rank card', () => {
  it.each([
    ['empty at the beginning of a level', 0, 100, 0],
    ['half full', 50, 100, 8],
    ['not full while anything is missing', 99, 100, 15],
    ['full when there is no next level', 0, 0, 16],
  ])('has a bar that is %s', (_what, done, total, filled) => {
    const bar = progressBar({ level: 1, done, total });
    expect([...bar].filter((sign) => sign === '▰')).toHaveLength(filled);
    expect([...bar]).toHaveLength(16);
  });

  it('has all that one wants to know', () => {
    const card = rankCard({ name: 'Alice', avatarUrl: 'https://example.com/a.png', xp: 1_200, place: 2, ranked: 31 });
    expect(card.title).toBe('Alice');
    expect(card.description).toContain('50 of 475 xp to level 6'); // level 5 begins at 1,150
    expect(card.fields?.map(({ value }) => value)).toEqual(['5', '#2 of 31', '1,200']);
  });

  it('has an end', () => {
    const card = rankCard({ name: 'Max', avatarUrl: 'https://example.com/m.png', xp: MAX_XP, place: 1, ranked: 1 });
    expect(card.description).toContain('the last level');
    expect(formatXp(MAX_XP)).toBe('1,689,242,500');
  });
});
