import { describe, expect, it, vi } from 'vitest';
import { Alarm } from '../../../../bot/scheduling/alarm.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

function setup() {
  const clock = new FakeClock();
  const ring = vi.fn();
  return { clock, ring, alarm: new Alarm(clock, ring) };
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('Alarm', () => {
  it('rings once, at its time', async () => {
    const { clock, ring, alarm } = setup();
    alarm.set(clock.now() + 90_500);
    await clock.advance(90_499);
    expect(ring).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(ring).toHaveBeenCalledOnce();
    await clock.advance(DAY_MS);
    expect(ring).toHaveBeenCalledOnce();
    expect(clock.pending).toBe(0);
  });

  it('rings for a time in the past, but not before set has returned', async () => {
    const { clock, ring, alarm } = setup();
    alarm.set(clock.now() - 1);
    expect(ring).not.toHaveBeenCalled();
    await clock.settle();
    expect(ring).toHaveBeenCalledOnce();
  });

  it('holds one timer however often it is set, and none once it is off', async () => {
    const { clock, ring, alarm } = setup();
    for (let ms = 1_000; ms > 0; ms -= 1) alarm.set(clock.now() + ms);
    expect(clock.pending).toBe(1);
    alarm.set(undefined);
    await clock.advance(2_000);
    expect(clock.pending).toBe(0);
    expect(ring).not.toHaveBeenCalled();
  });

  it('reaches a time that no single timer can', async () => {
    const { clock, ring, alarm } = setup();
    alarm.set(clock.now() + 40 * DAY_MS);
    await clock.freeze(40 * DAY_MS - 1);
    expect(ring).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(ring).toHaveBeenCalledOnce();
  });

  it('is at most a minute late when the wall clock is set forward', async () => {
    const { clock, ring, alarm } = setup();
    alarm.set(clock.now() + 3 * DAY_MS);
    await clock.advance(1_000);
    clock.jumpWallClock(3 * DAY_MS);
    await clock.advance(MINUTE_MS);
    expect(ring).toHaveBeenCalledOnce();
  });

  it('can be set again by what it rings', async () => {
    const clock = new FakeClock();
    let rings = 0;
    const alarm = new Alarm(clock, () => {
      rings += 1;
      if (rings < 3) alarm.set(clock.now() + 10);
    });
    alarm.set(clock.now() + 10);
    await clock.advance(100);
    expect(rings).toBe(3);
  });
});
