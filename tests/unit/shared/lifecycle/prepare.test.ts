import { describe, expect, it } from 'vitest';
import { WorkerTestCase } from '../../../../shared/testing/index.js';

const never = new AbortController().signal;

describe('preparing', () => {
  it('is done by all services at the same time, before and apart from the start', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('cogs', { dependsOn: ['database'], prepare: (signal) => clock.sleep(300, signal) }),
      recorder.service('database', { prepare: (signal) => clock.sleep(200, signal) }),
      recorder.service('tasks'),
    ]);
    const before = test.clock.monotonic();
    expect(await test.drive(test.runner.prepare(never))).toEqual([]);
    expect(test.clock.monotonic() - before).toBe(300);
    expect(test.runner.state).toBe('INITIALIZING');
    expect([test.recorder.steps, test.recorder.hookCalls]).toEqual([[], []]);
    await test.start();
    expect(test.recorder.order('initialized')).toEqual(['database', 'tasks', 'cogs']);
    await test.stop();
  });

  it('that fails or takes too long is told, and keeps nothing from starting', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database', { prepare: () => Promise.reject(new Error('it does not answer')) }),
      recorder.service('gateway', { initializeTimeoutMs: 500, prepare: (signal) => clock.sleep(60_000, signal) }),
    ]);
    expect(await test.drive(test.runner.prepare(never))).toEqual([
      { service: 'database', error: new Error('it does not answer') },
      { service: 'gateway', error: expect.objectContaining({ code: 'TUX_DEADLINE' }) },
    ]);
    await test.start();
    expect(test.recorder.order('initialized')).toHaveLength(2);
    await test.stop();
  });

  it('can be called off, and a service that does not care is not initialized before it is done', async () => {
    let finish = () => {};
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database', { prepare: () => new Promise((resolve) => (finish = resolve)) }),
      recorder.service('gateway', { prepare: (signal) => clock.sleep(60_000, signal) }),
    ]);
    const callOff = new AbortController();
    const preparing = test.runner.prepare(callOff.signal);
    await test.clock.settle();
    callOff.abort(new Error('the start begins'));
    expect((await preparing).map(({ service }) => service)).toEqual(['database', 'gateway']);
    const starting = test.runner.start();
    await test.clock.settle();
    expect(test.recorder.steps).toEqual(['gateway:initialize', 'gateway:initialized']);
    finish();
    await starting;
    expect(test.recorder.order('initialized')).toEqual(['gateway', 'database']);
    await test.stop();
  });
});
