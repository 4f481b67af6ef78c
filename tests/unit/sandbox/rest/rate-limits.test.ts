import { describe, expect, it } from 'vitest';
import { MAX_WINDOWS, RateLimits } from '../../../../sandbox/rest/rate-limits.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

const ROUTE = 'POST /interactions/:id/:token/callback';
const callback = (n: number) => `/interactions/${200_000_000_000_000_000n + BigInt(n)}/token-${n}/callback`;

describe('rate limits', () => {
  it('forget the buckets of interactions long gone, and none whose window is open', async () => {
    const clock = new FakeClock();
    const limits = new RateLimits(clock);
    limits.set(ROUTE, { limit: 1, windowMs: 1_000 });
    for (let n = 0; n < MAX_WINDOWS; n += 1) limits.count(ROUTE, callback(n));
    expect(limits.size).toBe(MAX_WINDOWS);
    await clock.advance(500);
    limits.count(ROUTE, callback(MAX_WINDOWS));
    expect(limits.size).toBe(MAX_WINDOWS + 1);
    await clock.advance(500);
    limits.count(ROUTE, callback(MAX_WINDOWS + 1));
    expect(limits.size).toBe(2);
    expect(limits.count(ROUTE, callback(MAX_WINDOWS)).isExceeded).toBe(true);
  });
});
