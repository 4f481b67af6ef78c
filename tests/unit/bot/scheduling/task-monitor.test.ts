import { describe, expect, it, vi } from 'vitest';
import { TaskMonitor } from '../../../../bot/scheduling/task-monitor.js';
import { silentLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

function setup() {
  const clock = new FakeClock();
  return { clock, monitor: new TaskMonitor({ clock, log: silentLogger() }) };
}

/** Ends when it is told to. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

const never = () => new Promise<void>(() => {});
const HOUR_MS = 3_600_000;

describe('TaskMonitor', () => {
  it('runs nothing before start and everything after it', async () => {
    const { clock, monitor } = setup();
    const run = vi.fn(untilAborted);
    monitor.register({ name: 'early', category: 'SYSTEM', run });
    await clock.advance(1_000);
    expect(run).not.toHaveBeenCalled();
    monitor.start();
    monitor.start();
    monitor.register({ name: 'late', category: 'GATEWAY', run });
    expect(run).toHaveBeenCalledTimes(2);
    expect(monitor.size).toBe(2);
    await monitor.cancelAll();
    expect(monitor.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('restarts a crashed task after 1 s, doubling to 60 s', async () => {
    const { clock, monitor } = setup();
    const startedAt: number[] = [];
    const run = async () => {
      startedAt.push(clock.monotonic());
      throw new Error('boom');
    };
    monitor.register({ name: 'crashing', category: 'SYSTEM', run });
    monitor.start();
    await clock.advance(250_000);
    const gaps = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(monitor.statistics()).toMatchObject([{ state: 'restarting', crashes: 10, lastError: 'boom' }]);
    await monitor.cancelAll();
  });

  it('counts from the beginning again after a task ran for a minute', async () => {
    const { clock, monitor } = setup();
    const startedAt: number[] = [];
    const run = async (signal: AbortSignal) => {
      startedAt.push(clock.monotonic());
      await clock.sleep(startedAt.length > 3 ? 60_000 : 0, signal);
      throw new Error('boom');
    };
    monitor.register({ name: 'recovering', category: 'SYSTEM', run });
    monitor.start();
    await clock.advance(69_000);
    expect(startedAt).toEqual([0, 1_000, 3_000, 7_000, 68_000]);
    await monitor.cancelAll();
  });

  it('never restarts a task after it was cancelled, also not one that waits for its restart', async () => {
    const { clock, monitor } = setup();
    const run = vi.fn().mockRejectedValue(new Error('boom'));
    monitor.register({ name: 'crashing', category: 'SYSTEM', run });
    monitor.start();
    await clock.advance(500);
    expect(await monitor.cancelAll()).toEqual({ cancelled: 1, completed: 0, timedOut: [] });
    await clock.advance(HOUR_MS);
    expect(run).toHaveBeenCalledOnce();
    expect(clock.pending).toBe(0);
  });

  it('names a task that ignores its cancellation and does not wait longer than its time', async () => {
    const { clock, monitor } = setup();
    monitor.register({ name: 'deaf', category: 'COMMAND', run: never });
    monitor.register({ name: 'good', category: 'SYSTEM', run: untilAborted });
    monitor.register({ name: 'done', category: 'SYSTEM', run: async () => {} });
    monitor.start();
    await clock.settle();
    const cancelling = monitor.cancelAll(3_000);
    expect(monitor.cancelAll(1), 'callers share one stop').toBe(cancelling);
    await clock.advance(3_000);
    expect(await cancelling).toEqual({ cancelled: 1, completed: 1, timedOut: ['deaf'] });
    expect(() => monitor.register({ name: 'new', category: 'SYSTEM', run: never })).toThrow('shutting down');
    expect(clock.pending).toBe(0);
  });

  it('cancels a task that never began', async () => {
    const { monitor } = setup();
    monitor.register({ name: 'idle', category: 'SYSTEM', run: never });
    expect(await monitor.cancelAll()).toEqual({ cancelled: 1, completed: 0, timedOut: [] });
    monitor.start();
    expect(monitor.statistics()).toMatchObject([{ state: 'cancelled' }]);
  });

  it('lets one task be cancelled and its name be used again', async () => {
    const { monitor } = setup();
    monitor.start();
    const handle = monitor.register({ name: 'one', category: 'SYSTEM', run: untilAborted });
    expect(() => monitor.register({ name: 'one', category: 'SYSTEM', run: never })).toThrow("'one' is already");
    expect(await handle.cancel()).toBe(true);
    expect(monitor.statistics()).toEqual([]);
    monitor.register({ name: 'one', category: 'SYSTEM', run: untilAborted });
    expect(await handle.cancel(), 'an old handle does not touch its successor').toBe(true);
    expect(monitor.size).toBe(1);
    await monitor.cancelAll();
  });

  it('repeats a periodic task and ends its sleep at once when it is cancelled', async () => {
    const { clock, monitor } = setup();
    const run = vi.fn().mockResolvedValue(undefined);
    monitor.registerPeriodic({ name: 'periodic', everyMs: 10_000, run });
    monitor.start();
    await clock.advance(35_000);
    expect(run).toHaveBeenCalledTimes(3);
    expect(await monitor.cancelAll()).toMatchObject({ cancelled: 1 });
    expect(monitor.statistics(), 'ending when told to is no crash').toMatchObject([{ state: 'cancelled', crashes: 0 }]);
    expect(clock.pending).toBe(0);
  });

  it('makes up for a periodic run that crashed', async () => {
    const { clock, monitor } = setup();
    const run = vi.fn().mockRejectedValueOnce(new Error('boom')).mockResolvedValue(undefined);
    monitor.registerPeriodic({ name: 'periodic', everyMs: 10_000, run });
    monitor.start();
    await clock.advance(11_000);
    expect(run).toHaveBeenCalledTimes(2);
    await clock.advance(10_000);
    expect(run).toHaveBeenCalledTimes(3);
    await monitor.cancelAll();
  });

  it('runs a calendar task at midnight and again an hour after it failed', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1, 23, 59));
    const monitor = new TaskMonitor({ clock, log: silentLogger() });
    const runs: string[] = [];
    const run = async () => {
      runs.push(new Date(clock.now()).toISOString());
      if (runs.length === 1) throw new Error('boom');
    };
    monitor.registerCalendar({ name: 'midnight', cron: '0 0 * * *', run });
    monitor.start();
    await clock.advance(25 * HOUR_MS);
    expect(runs).toEqual(['2026-01-02T00:00:00.000Z', '2026-01-02T01:00:00.000Z', '2026-01-03T00:00:00.000Z']);
    await monitor.cancelAll();
    expect(clock.pending).toBe(0);
  });
});
