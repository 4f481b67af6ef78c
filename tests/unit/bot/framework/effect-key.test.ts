import { describe, expect, it } from 'vitest';
import { effectKeyOf, MAX_NONCE_LENGTH } from '../../../../bot/framework/effect-key.js';

describe('effectKeyOf', () => {
  it('fits into a nonce for the largest snowflake', () => {
    expect(effectKeyOf('18446744073709551615', 9_999, 'r').length).toBeLessThanOrEqual(MAX_NONCE_LENGTH);
  });

  it('differs by event, index and series, and is stable', () => {
    const keys = [
      effectKeyOf('100', 0),
      effectKeyOf('101', 0),
      effectKeyOf('100', 1),
      effectKeyOf('100', 0, 'r'),
      effectKeyOf('100', 1, 'r'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(effectKeyOf('100', 0)).toBe('2s-0');
  });

  it('refuses an index that does not fit', () => {
    expect(() => effectKeyOf('18446744073709551615', 1e12)).toThrow(RangeError);
  });
});
