import { describe, expect, it } from 'vitest';
import { failing, WorkerTestCase } from '../../../../shared/testing/index.js';

/** A service whose health the test sets, and which notes the instants at which it was asked. */
function patient(options: { sick?: boolean } = {}) {
  const state = { sick: options.sick ?? false, askedAt: [] as number[] };
  const test = new WorkerTestCase(({ clock, recorder }) => [
    recorder.service('gateway', {
      async healthCheck() {
        state.askedAt.push(clock.monotonic() / 1_000);
        if (state.sick) throw new Error('no answer');
      },
    }),
    recorder.service('plain'),
  ]);
  return { state, test, health: () => test.runner.inspect()[0]?.health };
}

describe('health of running services', () => {
  it('is asked every 30 s while the worker runs', async () => {
    const { state, test, health } = patient();
    await test.start();
    const sound = { failuresInARow: 0, circuit: 'closed', lastError: null };
    expect(health()).toEqual({ ...sound, status: 'unknown', checkedAt: null });
    expect(test.runner.inspect()[1]?.health).toBeNull();
    await test.clock.advance(95_000);
    expect(state.askedAt).toEqual([30, 60, 90]);
    expect(health()).toEqual({ ...sound, status: 'healthy', checkedAt: test.clock.now() - 5_000 });
    await test.stop();
    await test.clock.advance(95_000);
    expect(state.askedAt).toHaveLength(3);
  });

  it('opens the circuit after five failures in a row: 10 s, then every 30 s, until it resumes', async () => {
    const { state, test, health } = patient({ sick: true });
    await test.start();
    await test.clock.advance(120_000);
    expect(health()).toMatchObject({ status: 'failing', failuresInARow: 4, circuit: 'closed' });
    expect(test.runner.isDegraded).toBe(false);
    await test.clock.advance(30_000);
    expect(health()).toMatchObject({ failuresInARow: 5, circuit: 'open', lastError: { message: 'no answer' } });
    expect(test.runner.isDegraded).toBe(true);
    expect(test.recorder.hookCalls.at(-1)).toBe('onServiceFailed gateway');
    await test.clock.advance(60_000);
    state.sick = false;
    await test.clock.advance(70_000);
    expect(state.askedAt).toEqual([30, 60, 90, 120, 150, 160, 190, 220, 250, 280]);
    expect(health()).toMatchObject({ status: 'healthy', failuresInARow: 0, circuit: 'closed', lastError: null });
    expect(test.runner.isDegraded).toBe(false);
    expect(test.recorder.hookCalls.filter((call) => call.endsWith('gateway')).slice(2)).toEqual([
      'onServiceFailed gateway',
      'onServiceRecovered gateway',
    ]);
    await test.stop();
  });

  it('starts counting again after one success', async () => {
    const { state, test, health } = patient({ sick: true });
    await test.start();
    await test.clock.advance(120_000);
    state.sick = false;
    await test.clock.advance(30_000);
    state.sick = true;
    await test.clock.advance(120_000);
    expect(health()).toMatchObject({ failuresInARow: 4, circuit: 'closed' });
    await test.stop();
  });

  it('counts a check that does not answer in time as a failure', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { healthCheck: () => new Promise(() => {}), healthCheckTimeoutMs: 2_000 }),
    ]);
    await test.start();
    await test.clock.advance(32_000);
    expect(test.runner.inspect()[0]?.health).toMatchObject({
      failuresInARow: 1,
      lastError: { message: 'a.healthCheck did not finish within 2000 ms' },
    });
    await test.stop();
  });

  it('ends every wait at once on a stop: between checks, in a check, and while the circuit is open', async () => {
    for (const stopAtMs of [15_000, 30_500, 155_000]) {
      const test = new WorkerTestCase(({ recorder }) => [
        recorder.service('a', { healthCheck: () => new Promise(() => {}), healthCheckTimeoutMs: 1_000 }),
      ]);
      await test.start();
      await test.clock.advance(stopAtMs);
      expect((await test.stop()).durationMs).toBe(0);
    }
  });

  it('does not take a check that the stop cut short for a failure', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { healthCheck: () => new Promise(() => {}), healthCheckTimeoutMs: 1_000 }),
    ]);
    await test.start();
    await test.clock.advance(4 * 31_000 + 30_500);
    expect(test.runner.inspect()[0]?.health?.failuresInARow).toBe(4);
    await test.stop();
    expect(test.runner.inspect()[0]?.health?.failuresInARow).toBe(4);
    expect(test.recorder.hookCalls).not.toContain('onServiceFailed a');
  });

  it('is not asked of a service that is down', async () => {
    let asked = 0;
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', {
        ...failing(new Error('x'), 2),
        critical: false,
        async healthCheck() {
          asked += 1;
        },
      }),
    ]);
    await test.start();
    await test.clock.advance(119_999);
    expect(asked).toBe(0);
    await test.clock.advance(31_000);
    expect(asked).toBeGreaterThan(0);
    await test.stop();
  });

  it('is known at once when the service tells it by itself, until the service takes it back', async () => {
    let report: (problem: Error | null) => void = () => {};
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database', {
        watchHealth: (listener) => {
          report = listener;
        },
        async healthCheck() {},
      }),
    ]);
    report(new Error('too early: it is not up yet'));
    await test.start();
    expect(test.runner.isDegraded).toBe(false);
    report(new Error('no answer'));
    report(new Error('still none'));
    expect(test.runner.isDegraded).toBe(true);
    await test.clock.advance(65_000); // a poll that happens to succeed knows no better
    const health = () => test.runner.inspect()[0]?.health;
    expect(health()).toMatchObject({ status: 'failing', circuit: 'open', lastError: { message: 'still none' } });
    report(null);
    expect(health()).toMatchObject({ status: 'healthy', failuresInARow: 0, circuit: 'closed', lastError: null });
    expect(test.runner.isDegraded).toBe(false);
    await test.clock.advance(0);
    const calls = test.recorder.hookCalls.filter((call) => /Failed|Recovered/.test(call));
    expect(calls).toEqual(['onServiceFailed database', 'onServiceRecovered database']);
    await test.stop();
  });
});
