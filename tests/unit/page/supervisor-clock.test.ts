import { describe, expect, it } from 'vitest';
import { SupervisorClock } from '../../../page/supervisor-clock.js';

const browserNow = Date.parse('2026-01-01T22:00:00.000Z');

describe('SupervisorClock', () => {
  it('tells the time of the supervisor when the browser has another one', () => {
    const clock = new SupervisorClock();
    clock.learn('Thu, 01 Jan 2026 22:05:00 GMT', browserNow);
    expect(clock.now(browserNow + 1_000)).toBe(browserNow + 301_000);
  });

  it('believes the browser when both agree as far as can be told', () => {
    const clock = new SupervisorClock();
    clock.learn('Thu, 01 Jan 2026 21:59:59 GMT', browserNow);
    expect(clock.now(browserNow)).toBe(browserNow);
  });

  it.each([null, 'yesterday'])('believes the browser when told %s', (told) => {
    const clock = new SupervisorClock();
    clock.learn('Thu, 01 Jan 2026 22:05:00 GMT', browserNow);
    clock.learn(told, browserNow);
    expect(clock.now(browserNow)).toBe(browserNow);
  });
});
