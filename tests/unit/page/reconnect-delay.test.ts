import { describe, expect, it } from 'vitest';
import { reconnectDelay } from '../../../page/reconnect-delay.js';

describe('reconnectDelay', () => {
  it('begins with a second, doubles, and stays at ten', () => {
    expect([1, 2, 3, 4, 5, 50].map(reconnectDelay)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});
