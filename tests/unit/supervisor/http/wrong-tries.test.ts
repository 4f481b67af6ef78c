import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { WrongTries } from '../../../../supervisor/http/wrong-tries.js';

describe('wrong tries', () => {
  it('are counted by address, and forgotten a minute after the first', async () => {
    const clock = new FakeClock();
    const tries = new WrongTries(clock);
    for (let n = 0; n < 9; n += 1) tries.note('a');
    expect(tries.waitMs('a')).toBe(0);
    await clock.advance(59_000);
    tries.note('a');
    expect([tries.waitMs('a'), tries.waitMs('b')]).toEqual([1_000, 0]);
    await clock.advance(1_000);
    tries.note('a');
    expect(tries.waitMs('a')).toBe(0);
  });

  it('of more addresses than anybody has cost no memory without end', () => {
    const tries = new WrongTries(new FakeClock());
    for (let n = 0; n < 10; n += 1) tries.note('first');
    for (let n = 0; n < 999; n += 1) tries.note(`address-${n}`);
    expect(tries.waitMs('first')).toBeGreaterThan(0);
    tries.note('one-more');
    expect(tries.waitMs('first')).toBe(0);
  });
});
