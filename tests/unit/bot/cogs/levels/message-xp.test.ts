import { describe, expect, it } from 'vitest';
import { xpOfMessage } from '../../../../../bot/cogs/levels/message-xp.js';
import { snowflakeAt } from '../../../../support/framework-fakes.js';

describe('the xp of a message', () => {
  const ids = Array.from({ length: 2_000 }, (_, n) => snowflakeAt(Date.UTC(2026, 0, 1) + n * 7, n % 3));

  it('is always the same for the same message', () => {
    expect(ids.map(xpOfMessage)).toEqual(ids.map(xpOfMessage));
    expect(xpOfMessage('1456028793000000001')).toBe(23);
  });

  it('is anything from 15 to 25, each about as often', () => {
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(xpOfMessage(id), (counts.get(xpOfMessage(id)) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    expect(Math.min(...counts.values())).toBeGreaterThan(120); // 182 would be even; the ids are fixed, so is the result
  });
});
