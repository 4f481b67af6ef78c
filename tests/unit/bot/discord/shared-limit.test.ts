import { describe, expect, it } from 'vitest';
import { SharedLimit, SharedLimitCollection } from '../../../../bot/discord/shared-limit.js';

const OURSELVES = 'tux';

function collections(maxSize: number, count: number) {
  const limit = new SharedLimit(maxSize);
  const caches = Array.from(
    { length: count },
    () => new SharedLimitCollection<string>(limit, (value) => value === OURSELVES),
  );
  const [first = new SharedLimitCollection<string>(limit, () => false), second = first] = caches;
  return { limit, caches, first, second };
}

describe('a limit that collections share', () => {
  it('holds for all of them together, however many there are', () => {
    const { limit, caches } = collections(100, 500);
    for (let n = 0; n < 10_000; n += 1) caches[n % caches.length]?.set(`user-${n}`, 'somebody');
    expect(limit.size).toBe(100);
    expect(caches.reduce((sum, { size }) => sum + size, 0)).toBe(100);
    expect(caches[499]?.has('user-9999')).toBe(true);
  });

  it('lets go of what was stored longest ago, wherever that is; who is stored again is new', () => {
    const { first, second } = collections(2, 2);
    first.set('a', '1');
    second.set('b', '1');
    first.set('a', '2');
    second.set('c', '1');
    expect([[...first], [...second]]).toEqual([[['a', '2']], [['c', '1']]]);
  });

  it('never lets go of what is exempt, and does not count it', () => {
    const { limit, first } = collections(1, 1);
    first.set('me', OURSELVES);
    first.set('a', '1').set('b', '1');
    expect([...first.keys()]).toEqual(['me', 'b']);
    expect(limit.size).toBe(1);
  });

  it('gives back the place of what was deleted, swept or cleared', () => {
    const { limit, first, second } = collections(10, 2);
    for (const key of ['a', 'b', 'c']) first.set(key, key);
    second.set('d', 'd');
    first.delete('a');
    first.sweep((value) => value === 'b');
    expect(limit.size).toBe(2);
    first.clear();
    expect(limit.size).toBe(1);
    expect(second.size).toBe(1);
  });

  it('gives plain collections where a method makes a new one', () => {
    const { limit, first } = collections(2, 1);
    first.set('a', '1').set('b', '2');
    expect(first.filter(() => true).size).toBe(2);
    expect(first.clone().size).toBe(2);
    expect(limit.size).toBe(2);
  });
});
