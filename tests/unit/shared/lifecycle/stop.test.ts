import { describe, expect, it } from 'vitest';
import { hanging, Stubborn, slow, WorkerTestCase } from '../../../../shared/testing/index.js';

describe('stopping', () => {
  it('goes in reverse order of the start', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database'),
      recorder.service('permissions', { dependsOn: ['database'] }),
      recorder.service('cogs', { dependsOn: ['permissions', 'database'] }),
    ]);
    await test.start();
    const summary = await test.stop();
    expect(test.recorder.order('cleanup')).toEqual(['cogs', 'permissions', 'database']);
    expect(summary).toEqual({
      durationMs: 0,
      services: ['cogs', 'permissions', 'database'].map((service) => ({ service, outcome: 'stopped', durationMs: 0 })),
      overran: [],
      failed: [],
    });
    expect(test.runner.inspect().map(({ stage }) => stage)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(test.recorder.hookCalls.slice(-5)).toEqual([
      'onStateChange RUNNING→STOPPING',
      'onServiceCleanedUp cogs',
      'onServiceCleanedUp permissions',
      'onServiceCleanedUp database',
      'onStateChange STOPPING→STOPPED',
    ]);
  });

  it('stops independent services at the same time', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database', slow(clock, { cleanupMs: 100 })),
      recorder.service('a', { ...slow(clock, { cleanupMs: 300 }), dependsOn: ['database'] }),
      recorder.service('b', { ...slow(clock, { cleanupMs: 200 }), dependsOn: ['database'] }),
    ]);
    await test.start();
    expect((await test.stop()).durationMs).toBe(400);
  });

  it('gives every caller the same stop', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    await test.start();
    const first = test.runner.stop();
    expect(test.runner.stop()).toBe(first);
    await first;
    expect(test.runner.stop()).toBe(first);
    expect(test.recorder.order('cleanup')).toEqual(['a']);
  });

  it('names a service that overruns its limit and goes on with the others', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database'),
      recorder.service('gateway', { ...hanging('cleanup'), cleanupTimeoutMs: 2_000, dependsOn: ['database'] }),
    ]);
    await test.start();
    const summary = await test.stop();
    expect(summary).toMatchObject({
      durationMs: 2_000,
      overran: ['gateway'],
      failed: [],
      services: [
        { service: 'gateway', outcome: 'overran', durationMs: 2_000, error: { code: 'TUX_DEADLINE' } },
        { service: 'database', outcome: 'stopped' },
      ],
    });
    expect(test.recorder.hookCalls).toContain('onServiceFailed gateway');
    expect(test.runner.inspect()[1]).toMatchObject({ stage: 'stopping', cleanupMs: 2_000 });
  });

  it('waits for no cleanup that ignores its signal', async () => {
    const stubborn = new Stubborn('cleanup');
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a', stubborn.script)]);
    await test.start();
    expect(await test.stop()).toMatchObject({ durationMs: 5_000, overran: ['a'] });
  });

  it('names a service whose cleanup throws and goes on with the others', async () => {
    const error = new Error('pool is broken');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('files'),
      recorder.service('pool', {
        dependsOn: ['files'],
        cleanup() {
          throw error; // not even a promise
        },
      }),
    ]);
    await test.start();
    expect(await test.stop()).toMatchObject({
      failed: ['pool'],
      overran: [],
      services: [
        { service: 'pool', outcome: 'failed', error },
        { service: 'files', outcome: 'stopped' },
      ],
    });
    expect(test.runner.inspect()[1]).toMatchObject({ stage: 'stopped', lastError: error });
  });

  it('passes through ERROR when a failure forces it', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    await test.start();
    await test.runner.stop(new Error('uncaught'));
    expect(test.recorder.hookCalls.filter((call) => call.startsWith('onStateChange')).slice(2)).toEqual([
      'onStateChange RUNNING→ERROR',
      'onStateChange ERROR→STOPPING',
      'onStateChange STOPPING→STOPPED',
    ]);
  });

  it('may come before the start, which then starts nothing', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    await test.stop();
    await expect(test.runner.start()).rejects.toThrow('The start was called off');
    expect(test.recorder.steps).toEqual([]);
    expect(test.runner.state).toBe('STOPPED');
  });

  it('may be asked for by an initialize, a cleanup, an abort listener and a hook', async () => {
    const test = new WorkerTestCase(
      ({ recorder }) => [
        recorder.service('a', {
          initialize: async (signal) => {
            signal.addEventListener('abort', () => void test.runner.stop());
            void test.runner.stop();
          },
          cleanup: async () => void test.runner.stop(),
        }),
      ],
      { hooks: [{ onStateChange: () => void test.runner.stop() }] },
    );
    await expect(test.start()).rejects.toThrow('The start was called off');
    await test.stop();
    expect(test.hookErrors).toEqual([]);
  });
});

describe('a stop during the start', () => {
  it('ends the wait between two tries at once', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', {
        initialize: () => Promise.reject(new Error('refused')),
        retry: { attempts: 100, backoff: { baseMs: 20_000, maxMs: 20_000 } },
      }),
    ]);
    const outcome = expect(test.runner.start()).rejects.toThrow('The start was called off');
    await test.clock.advance(1_000);
    expect((await test.stop()).durationMs).toBe(0);
    await outcome;
    expect(test.recorder.order('initialize')).toEqual(['a']);
    expect(test.runner.inspect()[0]?.stage).toBe('stopped');
  });

  it('waits for an initialize under way before it cleans up what that depends on', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database'),
      // Ignores its signal and finishes 2 s later.
      recorder.service('cogs', { initialize: () => clock.sleep(2_000), dependsOn: ['database'] }),
      recorder.service('tasks', { dependsOn: ['cogs'] }),
    ]);
    const outcome = expect(test.runner.start()).rejects.toThrow('The start was called off');
    await test.clock.settle();
    const summary = await test.stop();
    await outcome;
    expect(test.recorder.steps).toEqual([
      'database:initialize',
      'database:initialized',
      'cogs:initialize',
      'cogs:initialized',
      'cogs:cleanup',
      'cogs:cleaned-up',
      'database:cleanup',
      'database:cleaned-up',
    ]);
    expect(summary).toMatchObject({ durationMs: 2_000, overran: [] });
  });

  it('is content with an initialize that gives in late and with an error of its own', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('a', {
        initialize: async () => {
          await clock.sleep(1_000);
          throw new Error('connection closed');
        },
      }),
    ]);
    const outcome = expect(test.runner.start()).rejects.toThrow('The start was called off');
    await test.clock.advance(200);
    expect(await test.stop()).toMatchObject({ durationMs: 800, overran: [], failed: [] });
    await outcome;
    expect(test.recorder.order('cleanup')).toEqual([]);
  });

  it('calls off a fallback that is being initialized, which is no failure of the service', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('cache', {
        critical: false,
        initialize: () => Promise.reject(new Error('refused')),
        fallback: { initialize: (signal) => clock.sleep(1_000, signal) },
      }),
    ]);
    const outcome = expect(test.runner.start()).rejects.toThrow('The start was called off');
    await test.clock.advance(200);
    expect((await test.stop()).durationMs).toBe(0);
    await outcome;
    expect(test.recorder.hookCalls).not.toContain('onServiceFailed cache');
  });

  it('names an initialize that does not give in, and cleans it up when it finishes after all', async () => {
    const stubborn = new Stubborn('initialize');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database'),
      recorder.service('cogs', { ...stubborn.script, dependsOn: ['database'] }),
    ]);
    const outcome = expect(test.runner.start()).rejects.toThrow('The start was called off');
    await test.clock.settle();
    const summary = await test.stop();
    await outcome;
    expect(summary).toMatchObject({
      durationMs: 5_000,
      overran: ['cogs'],
      services: [
        { error: { message: 'cogs.initialize (called off) did not finish within 5000 ms' } },
        { service: 'database', outcome: 'stopped' },
      ],
    });
    expect(test.recorder.order('cleanup')).toEqual(['database']);
    stubborn.finish();
    await test.clock.settle();
    expect(test.recorder.order('cleaned-up')).toEqual(['database', 'cogs']);
  });

  it('leaves nothing up at whatever instant it comes', async () => {
    for (let stopAtMs = 0; stopAtMs <= 60; stopAtMs += 1) {
      const test = new WorkerTestCase(({ clock, recorder }) => [
        recorder.service('a', slow(clock, { initializeMs: 10, cleanupMs: 3 })),
        recorder.service('b', { ...slow(clock, { initializeMs: 20, cleanupMs: 3 }), dependsOn: ['a'] }),
        recorder.service('c', { initialize: () => clock.sleep(15), dependsOn: ['a'] }),
        recorder.service('d', { ...slow(clock, { initializeMs: 20, cleanupMs: 3 }), dependsOn: ['b', 'c'] }),
      ]);
      const starting = test.runner.start().catch(() => {});
      await test.clock.advance(stopAtMs);
      await test.stop();
      await starting;
      expect(test.recorder.order('cleaned-up').sort(), `stop at ${stopAtMs} ms`).toEqual(
        test.recorder.order('initialized').sort(),
      );
    }
  });
});
