import { describe, expect, it } from 'vitest';
import { EventAge, snowflakeTimeMs } from '../../../../bot/framework/event-age.js';
import { snowflakeAt } from '../../../support/framework-fakes.js';

const NOW = Date.UTC(2026, 0, 1);

describe('EventAge', () => {
  it('reads the time out of a snowflake', () => {
    expect(snowflakeTimeMs(snowflakeAt(NOW, 7))).toBe(NOW);
    expect(new Date(snowflakeTimeMs('175928847299117063')).toISOString()).toBe('2016-04-30T11:18:25.796Z');
  });

  it('takes the first events at their word', () => {
    expect(new EventAge().observe(snowflakeAt(NOW - 4_000), NOW)).toBe(4_000);
  });

  it('learns that our own clock is fast, so that fresh events are not taken for old ones', () => {
    const age = new EventAge();
    for (let n = 0; n < 5; n += 1) age.observe(snowflakeAt(NOW + n), NOW + n + 10_000);
    expect(age.observe(snowflakeAt(NOW + 100), NOW + 10_200)).toBe(100);
    expect(age.observe(snowflakeAt(NOW + 200), NOW + 15_000)).toBe(4_800);
  });

  it('forgets the difference when the clock is set right', () => {
    const age = new EventAge();
    for (let n = 0; n < 5; n += 1) age.observe(snowflakeAt(NOW + n), NOW + n - 10_000);
    for (let n = 0; n < 5; n += 1) age.observe(snowflakeAt(NOW + n), NOW + n);
    expect(age.observe(snowflakeAt(NOW), NOW + 50)).toBe(50);
  });

  it('is never negative', () => {
    expect(new EventAge().observe(snowflakeAt(NOW + 500), NOW)).toBe(0);
  });
});
