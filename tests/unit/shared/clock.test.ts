import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.js';

describe('system clock', () => {
  it('sleeps at least as long as it is told', async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(20);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19); // timers may fire a fraction of a ms early
  });

  it('rejects with the reason it was given, before and during a sleep', async () => {
    const reason = new Error('shutdown');
    await expect(systemClock.sleep(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('does not take a sleep of more than 2^31 ms for one of 1 ms', async () => {
    const controller = new AbortController();
    let woke = false;
    const sleeping = systemClock.sleep(2 ** 31 + 5_000, controller.signal).then(() => {
      woke = true;
    });
    await systemClock.sleep(30);
    expect(woke).toBe(false);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
  });

  it('rings once after the time that it was told, unless it is called off', async () => {
    let rings = 0;
    const callOff = systemClock.after(10, () => {
      rings += 100;
    });
    systemClock.after(10, () => {
      rings += 1;
    });
    systemClock.after(2 ** 31 + 5_000, () => {
      rings += 10;
    })();
    callOff();
    await systemClock.sleep(50);
    expect(rings).toBe(1);
  });

  it('does not take a wait of more than 2^31 ms for one of 1 ms', async () => {
    let hasRung = false;
    const callOff = systemClock.after(2 ** 31 + 5_000, () => {
      hasRung = true;
    });
    await systemClock.sleep(30);
    callOff();
    expect(hasRung).toBe(false);
  });

  it('tells wall time and monotonic time apart', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    expect(systemClock.monotonic()).toBeLessThan(Date.UTC(2000, 0));
  });
});
