import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../../shared/backoff.js';

describe('back-off', () => {
  const plain = { baseMs: 1_000, maxMs: 60_000, jitter: 'none' } as const;

  it.each([
    [0, 1_000],
    [1, 2_000],
    [5, 32_000],
    [6, 60_000],
    [1_000_000, 60_000],
    [-1, 1_000],
  ])('waits the doubled and capped time after failure %i: %i ms', (attempt, expected) => {
    expect(backoffDelay(plain, attempt)).toBe(expected);
  });

  it('spreads over the whole range with full jitter', () => {
    const policy = { baseMs: 1_000, maxMs: 60_000 };
    expect(backoffDelay(policy, 2, () => 0)).toBe(0);
    expect(backoffDelay(policy, 2, () => 0.5)).toBe(2_000);
    expect(backoffDelay(policy, 2, () => 0.999_999)).toBe(4_000);
  });

  it('stays within its limits with the real random source', () => {
    const delays = Array.from({ length: 1_000 }, () => backoffDelay({ baseMs: 8, maxMs: 1_000 }, 3));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(64);
  });
});
