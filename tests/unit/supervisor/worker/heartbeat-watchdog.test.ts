import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { HeartbeatWatchdog } from '../../../../supervisor/worker/heartbeat-watchdog.js';

describe('HeartbeatWatchdog', () => {
  let clock: FakeClock;
  let hangs: number[];
  let watchdog: HeartbeatWatchdog;

  beforeEach(() => {
    clock = new FakeClock();
    hangs = [];
    const onHang = (silentMs: number) => hangs.push(silentMs);
    watchdog = new HeartbeatWatchdog({ intervalMs: 1_000, misses: 3, clock, onHang });
  });

  async function beatEvery(intervalMs: number, times: number): Promise<void> {
    for (let beat = 0; beat < times; beat += 1) {
      await clock.advance(intervalMs);
      watchdog.heard();
    }
  }

  it('says nothing while heartbeats come, be they a little late', async () => {
    watchdog.start();
    await beatEvery(1_000, 50);
    await beatEvery(1_900, 50);
    expect(hangs).toEqual([]);
  });

  it('calls three missed heartbeats a hang, once', async () => {
    watchdog.start();
    await beatEvery(1_000, 5);
    await clock.advance(2_999);
    expect(hangs).toEqual([]);
    await clock.advance(1);
    expect(hangs).toEqual([3_000]);
    await clock.advance(60_000);
    expect(hangs).toEqual([3_000]);
    expect(clock.pending).toBe(0);
  });

  it('does not count two missed ones and then another', async () => {
    watchdog.start();
    for (let round = 0; round < 20; round += 1) await beatEvery(2_900, 1);
    expect(hangs).toEqual([]);
  });

  it('counts from the start, however long ago it was made', async () => {
    await clock.advance(3_600_000);
    watchdog.start();
    await clock.advance(2_999);
    expect(hangs).toEqual([]);
    await clock.advance(1);
    expect(hangs).toEqual([3_000]);
  });

  it('watches once, however often it is started', async () => {
    watchdog.start();
    watchdog.start();
    expect(clock.pending).toBe(1);
    await clock.advance(10_000);
    expect(hangs).toHaveLength(1);
  });

  it.each([5_000, 3_600_000])('forgives that the supervisor itself was paused for %i ms', async (pauseMs) => {
    watchdog.start();
    await beatEvery(1_000, 3);
    await clock.freeze(pauseMs);
    expect(hangs).toEqual([]);
    await beatEvery(1_000, 3); // what was in the channel, and what comes after
    expect(hangs).toEqual([]);
  });

  it('forgives the pause, not the silence around it', async () => {
    watchdog.start();
    await clock.advance(1_000);
    await clock.freeze(60_000);
    expect(hangs).toEqual([]);
    await clock.advance(3_000);
    expect(hangs).toHaveLength(1);
  });

  it('does not take a wall clock that jumps for silence', async () => {
    watchdog.start();
    await beatEvery(1_000, 2);
    clock.jumpWallClock(86_400_000);
    await beatEvery(1_000, 2);
    clock.jumpWallClock(-2 * 86_400_000);
    await beatEvery(1_000, 2);
    expect(hangs).toEqual([]);
  });

  it('is silent once stopped, and leaves no timer', async () => {
    watchdog.start();
    await clock.advance(2_500);
    watchdog.stop();
    await clock.advance(60_000);
    expect(hangs).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
