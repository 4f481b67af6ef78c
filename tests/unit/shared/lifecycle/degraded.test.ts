import { describe, expect, it } from 'vitest';
import type { Fallback, ServiceFailedEvent, ServiceRecoveredEvent } from '../../../../shared/lifecycle/index.js';
import { failing, Stubborn, WorkerTestCase } from '../../../../shared/testing/index.js';

const optional = { critical: false } as const;

function recordedFallback(steps: string[], script: Partial<Fallback> = {}): Fallback {
  return {
    async initialize(signal) {
      steps.push('fallback:initialize');
      await script.initialize?.(signal);
    },
    async cleanup(signal) {
      steps.push('fallback:cleanup');
      await script.cleanup?.(signal);
    },
  };
}

describe('a non-critical service that fails', () => {
  it('degrades the worker, and those that depend on it start all the same', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('prefix', { ...failing(new Error('no table')), ...optional }),
      recorder.service('cogs', { dependsOn: ['prefix'] }),
    ]);
    expect(await test.start()).toMatchObject({ isDegraded: true });
    expect(test.runner.isDegraded).toBe(true);
    expect(test.runner.inspect()).toMatchObject([
      { name: 'prefix', stage: 'recovering', critical: false, lastError: { message: /no table/ }, isOnFallback: false },
      { name: 'cogs', stage: 'running' },
    ]);
    expect(test.recorder.hookCalls).toContain('onServiceFailed prefix');
    expect((await test.stop()).services.map(({ service }) => service)).toEqual(['cogs']);
    expect(test.runner.isDegraded).toBe(false);
  });

  it('is replaced by its fallback until it recovers', async () => {
    const fallbackSteps: string[] = [];
    const events: (ServiceFailedEvent | ServiceRecoveredEvent)[] = [];
    const note = (event: ServiceFailedEvent | ServiceRecoveredEvent) => void events.push(event);
    const test = new WorkerTestCase(
      ({ recorder }) => [
        recorder.service('cache', {
          ...failing(new Error('refused'), 3),
          ...optional,
          fallback: recordedFallback(fallbackSteps),
        }),
      ],
      { hooks: [{ onServiceFailed: note, onServiceRecovered: note }] },
    );
    await test.start();
    expect(test.runner.inspect()[0]).toMatchObject({ stage: 'recovering', isOnFallback: true });
    await test.clock.advance(179_999);
    expect([test.runner.isDegraded, test.recorder.order('initialize').length]).toEqual([true, 3]);
    await test.clock.advance(1);
    expect(test.runner.isDegraded).toBe(false);
    expect(test.runner.inspect()[0]).toMatchObject({
      stage: 'running',
      isOnFallback: false,
      attempts: 4,
      lastError: null,
    });
    expect(fallbackSteps).toEqual(['fallback:initialize', 'fallback:cleanup']);
    expect(events).toMatchObject([
      { phase: 'initialize', isOnFallback: true, error: { code: 'TUX_SERVICE_INITIALIZATION' } },
      { phase: 'initialize', service: 'cache', downMs: 180_000 },
    ]);
    await test.clock.advance(600_000);
    expect(test.recorder.order('initialize')).toHaveLength(4);
    await test.stop();
    expect(test.recorder.order('cleaned-up')).toEqual(['cache']);
  });

  it('is reported together with its fallback when both fail', async () => {
    const steps: string[] = [];
    const failures: unknown[] = [];
    const fallback = recordedFallback(steps, { initialize: () => Promise.reject(new Error('disk full')) });
    const test = new WorkerTestCase(
      ({ recorder }) => [recorder.service('cache', { ...failing(new Error('refused')), ...optional, fallback })],
      { hooks: [{ onServiceFailed: ({ error, isOnFallback }) => void failures.push({ error, isOnFallback }) }] },
    );
    expect(await test.start()).toMatchObject({ isDegraded: true });
    expect(failures).toMatchObject([
      {
        isOnFallback: false,
        error: {
          name: 'FallbackError',
          message: "Service 'cache' failed (refused) and so did its fallback (disk full)",
        },
      },
    ]);
    await test.stop();
    expect(steps).toEqual(['fallback:initialize']);
  });

  it('has its fallback cleaned up when the worker stops before it recovers', async () => {
    const steps: string[] = [];
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('cache', { ...failing(new Error('x')), ...optional, fallback: recordedFallback(steps) }),
    ]);
    await test.start();
    expect((await test.stop()).services).toMatchObject([{ service: 'cache', outcome: 'stopped' }]);
    expect(steps).toEqual(['fallback:initialize', 'fallback:cleanup']);
    expect(test.runner.inspect()[0]?.stage).toBe('stopped');
  });

  it('counts as recovered even if its fallback does not go quietly', async () => {
    const fallback = recordedFallback([], { cleanup: () => Promise.reject(new Error('stuck')) });
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('cache', { ...failing(new Error('x'), 1), ...optional, fallback }),
    ]);
    await test.start();
    await test.clock.advance(60_000);
    expect(test.runner.isDegraded).toBe(false);
    expect(test.recorder.hookCalls.slice(-3)).toEqual([
      'onServiceInitializing cache',
      'onServiceRecovered cache',
      'onServiceFailed cache',
    ]);
    await test.stop();
  });

  it('has recovered for good before a stop goes on', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('cache', {
        ...failing(new Error('x'), 1),
        ...optional,
        fallback: { initialize: async () => {}, cleanup: () => clock.sleep(2_000) },
      }),
    ]);
    await test.start();
    await test.clock.advance(61_000);
    expect((await test.stop()).durationMs).toBe(0); // of the services; the stop as a whole took the second that was left
    expect(test.clock.monotonic()).toBe(62_000);
    expect(test.recorder.order('cleaned-up')).toEqual(['cache']);
  });

  it('is tried every 60 s and no more after a stop', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { ...failing(new Error('x')), ...optional }),
    ]);
    await test.start();
    await test.clock.advance(150_000);
    expect(test.recorder.order('initialize')).toHaveLength(1 + 2);
    expect((await test.stop()).durationMs).toBe(0);
    await test.clock.advance(600_000);
    expect(test.recorder.order('initialize')).toHaveLength(1 + 2);
  });

  it('is left alone while an earlier try still hangs, and tried again once that was cleaned up', async () => {
    const stubborn = new Stubborn('initialize');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { ...stubborn.script, ...optional, initializeTimeoutMs: 1_000 }),
    ]);
    await test.start();
    await test.clock.advance(200_000);
    expect(test.recorder.order('initialize')).toHaveLength(1);
    stubborn.finish();
    await test.clock.settle();
    expect(test.recorder.order('cleaned-up')).toEqual(['a']);
    await test.clock.advance(40_000); // it was up at 6 s, so the fourth try is due at 246 s
    expect(test.recorder.order('initialize')).toHaveLength(2);
    stubborn.finish();
    await test.clock.settle();
    expect(test.runner.isDegraded).toBe(false);
    await test.stop();
    expect(test.recorder.order('cleaned-up')).toEqual(['a', 'a']);
  });

  it('does not keep a stop waiting for a try in the background that gives in', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', {
        ...optional,
        initialize: (signal) =>
          recorder.order('initialize').length === 1
            ? Promise.reject(new Error('x'))
            : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      }),
    ]);
    await test.start();
    await test.clock.advance(60_500);
    expect(await test.stop()).toMatchObject({ durationMs: 0, overran: [] });
  });
});
