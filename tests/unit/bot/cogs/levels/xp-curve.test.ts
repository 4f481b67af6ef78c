import { describe, expect, it } from 'vitest';
import { levelOf, MAX_LEVEL, MAX_XP, progressOf, xpForLevel } from '../../../../../bot/cogs/levels/xp-curve.js';

describe('the xp curve', () => {
  it.each([
    [0, 0],
    [1, 100],
    [2, 255],
    [3, 475],
    [5, 1_150],
    [10, 4_675],
    [50, 268_375],
    [100, 1_899_250],
    [MAX_LEVEL, 1_689_242_500],
  ])('level %i begins at %i xp', (level, xp) => {
    expect(xpForLevel(level)).toBe(xp);
    expect(levelOf(xp)).toBe(level);
    expect(levelOf(xp - 1)).toBe(Math.max(0, level - 1));
  });

  it('takes more xp for every level than for the one before, always a whole number', () => {
    let before = 0;
    for (let level = 1; level <= MAX_LEVEL; level += 1) {
      const step = xpForLevel(level) - xpForLevel(level - 1);
      expect(step).toBe(5 * (level - 1) ** 2 + 50 * (level - 1) + 100);
      expect(step).toBeGreaterThan(before);
      before = step;
    }
  });

  it('ends at a level whose xp fits the database', () => {
    expect(MAX_XP).toBeLessThan(2 ** 31);
    expect(levelOf(2 ** 31)).toBe(MAX_LEVEL);
    expect(progressOf(MAX_XP)).toEqual({ level: MAX_LEVEL, done: 0, total: 0 });
  });

  it('says how far it is to the next level', () => {
    expect(progressOf(0)).toEqual({ level: 0, done: 0, total: 100 });
    expect(progressOf(254)).toEqual({ level: 1, done: 154, total: 155 });
    expect(progressOf(255)).toEqual({ level: 2, done: 0, total: 220 });
  });
});
