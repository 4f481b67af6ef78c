import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../shared/circuit-breaker.js';
import { FakeClock } from '../../../shared/testing/index.js';

function makeBreaker() {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker({ failureThreshold: 3, firstWaitMs: 10, nextWaitMs: 30, clock });
  return { clock, breaker };
}

describe('circuit breaker', () => {
  it('stays closed below the threshold', () => {
    const { breaker } = makeBreaker();
    breaker.recordFailure();
    breaker.recordFailure();
    expect([breaker.state, breaker.failures, breaker.retryAfterMs]).toEqual(['closed', 2, 0]);
  });

  it('counts only failures in a row', () => {
    const { breaker } = makeBreaker();
    for (let i = 0; i < 10; i += 1) {
      breaker.recordFailure();
      breaker.recordFailure();
      breaker.recordSuccess();
    }
    expect([breaker.state, breaker.failures]).toEqual(['closed', 0]);
  });

  it('opens for the first wait, then for the next one after each try that fails', async () => {
    const { breaker, clock } = makeBreaker();
    for (let i = 0; i < 3; i += 1) breaker.recordFailure();
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 10]);
    await clock.advance(9);
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 1]);
    await clock.advance(1);
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['half-open', 0]);
    breaker.recordFailure();
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 30]);
  });

  it('closes on a success and waits the short time again when it opens anew', async () => {
    const { breaker, clock } = makeBreaker();
    for (let i = 0; i < 3; i += 1) breaker.recordFailure();
    await clock.advance(10);
    breaker.recordSuccess();
    expect(breaker.state).toBe('closed');
    for (let i = 0; i < 3; i += 1) breaker.recordFailure();
    expect(breaker.retryAfterMs).toBe(10);
  });

  it('does not mind the wall clock', () => {
    const { breaker, clock } = makeBreaker();
    for (let i = 0; i < 3; i += 1) breaker.recordFailure();
    clock.jumpWallClock(86_400_000);
    expect(breaker.state).toBe('open');
  });
});
