import { REST } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { steadyLimits } from '../../../../bot/discord/steady-limits.js';

const HOUR_MS = 3_600_000;

/** A clock that can be set. */
function settableClock() {
  let elapsedMs = 0;
  let offsetMs = Date.UTC(2026, 0, 1);
  return {
    now: () => offsetMs + elapsedMs,
    monotonic: () => elapsedMs,
    pass: (ms: number) => {
      elapsedMs += ms;
    },
    set: (ms: number) => {
      offsetMs += ms;
    },
  };
}

describe('a rate limit of discord.js', () => {
  it.each([-HOUR_MS, HOUR_MS])('ends when it would have, although the clock is set by %d ms', (change) => {
    const clock = settableClock();
    const rest = new REST();
    steadyLimits(rest, clock);
    rest.globalReset = clock.now() + 1_000;
    clock.set(change);
    expect(rest.globalReset - clock.now()).toBe(1_000);
    clock.pass(1_001);
    expect(rest.globalReset).toBeLessThan(clock.now());
  });

  it('that belongs to a route does, too', () => {
    const clock = settableClock();
    const rest = new REST();
    steadyLimits(rest, clock);
    // As REST makes one for the first request to a route.
    const handler = {
      id: 'a route',
      inactive: false,
      reset: clock.now() + 5_000,
      queueRequest: () => Promise.reject(),
    };
    rest.handlers.set(handler.id, handler);
    expect(rest.handlers.get('a route')).toBe(handler);
    clock.set(-HOUR_MS);
    expect(handler.reset - clock.now()).toBe(5_000);
    handler.reset = clock.now() + 200;
    clock.set(HOUR_MS);
    expect(handler.reset - clock.now()).toBe(200);
  });

  it('has its time where it is looked for: in the fields of the installed @discordjs/rest', () => {
    const rest = new REST();
    expect(rest.globalReset).toBe(-1);
    const { createHandler } = rest as unknown as { createHandler(hash: string, major: string): { reset: unknown } };
    expect(createHandler.call(rest, 'hash', 'major').reset).toBe(-1);
  });
});
