import { describe, expect, it } from 'vitest';
import { formatDice, parseDice, throwDice } from '../../../../../bot/cogs/fun/dice.js';
import { pick } from '../../../../../bot/cogs/fun/random.js';

describe('dice notation', () => {
  it.each([
    ['d6', { count: 1, sides: 6, modifier: 0 }, '1d6'],
    ['2d6+1', { count: 2, sides: 6, modifier: 1 }, '2d6+1'],
    [' 3 D 8 - 2 ', { count: 3, sides: 8, modifier: -2 }, '3d8-2'],
    ['100d1000+10000', { count: 100, sides: 1_000, modifier: 10_000 }, '100d1000+10000'],
  ])('reads %s', (text, dice, written) => {
    expect(parseDice(text)).toEqual(dice);
    expect(formatDice(dice)).toBe(written);
  });

  it.each(['', '6', 'd', 'd1', 'd0', '0d6', '101d6', 'd1001', 'd6+10001', 'd6*2', '2d6+', '99999999d6', 'd6d6'])(
    'does not take %j',
    (text) => {
      expect(parseDice(text)).toBeNull();
    },
  );

  it('throws every side, and nothing beside them', () => {
    const faces = [0, 0.2, 0.4, 0.5, 0.7, 0.999_999];
    const dice = { count: 6, sides: 6, modifier: -1 };
    expect(throwDice(dice, () => faces.shift() ?? 0)).toEqual({ rolls: [1, 2, 3, 4, 5, 6], total: 20 });
  });
});

describe('a pick', () => {
  it('can be any of the items', () => {
    expect([0, 0.5, 0.999].map((number) => pick(['a', 'b', 'c'], () => number))).toEqual(['a', 'b', 'c']);
    expect(() => pick([], () => 0)).toThrow(RangeError);
  });
});
