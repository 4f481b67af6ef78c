import { describe, expect, it } from 'vitest';
import type { LifecycleHooks } from '../../../../shared/lifecycle/index.js';
import { LifecycleRunner } from '../../../../shared/lifecycle/index.js';
import { failing, WorkerTestCase } from '../../../../shared/testing/index.js';

/** Every hook calls `act`. */
function everyHook(act: () => void | Promise<void>): LifecycleHooks {
  return {
    onServiceInitializing: act,
    onServiceInitialized: act,
    onServiceFailed: act,
    onServiceRecovered: act,
    onServiceCleanedUp: act,
    onSystemReady: act,
    onStateChange: act,
  };
}

async function lifeOf(hooks: LifecycleHooks) {
  const test = new WorkerTestCase(
    ({ recorder }) => [
      recorder.service('a'),
      recorder.service('b', { ...failing(new Error('x'), 1), critical: false, dependsOn: ['a'] }),
    ],
    { hooks: [hooks] },
  );
  await test.start();
  await test.clock.advance(60_000);
  await test.stop();
  await test.clock.settle();
  return { errors: test.hookErrors, steps: test.recorder.steps, hookCalls: test.recorder.hookCalls };
}

describe('hooks', () => {
  it('change nothing when every one of them throws, and each error is reported', async () => {
    const plain = await lifeOf({});
    const throwing = await lifeOf(
      everyHook(() => {
        throw new Error('hook');
      }),
    );
    expect(throwing.steps).toEqual(plain.steps);
    expect(throwing.hookCalls).toEqual(plain.hookCalls);
    expect(throwing.errors).toHaveLength(plain.hookCalls.length);
  });

  it('change nothing when every one of them rejects', async () => {
    const plain = await lifeOf({});
    const rejecting = await lifeOf(everyHook(() => Promise.reject(new Error('hook'))));
    expect(rejecting.steps).toEqual(plain.steps);
    expect(rejecting.errors).toHaveLength(plain.hookCalls.length);
  });

  it('are not waited for', async () => {
    const plain = await lifeOf({});
    const hanging = await lifeOf(everyHook(() => new Promise(() => {})));
    expect(hanging.steps).toEqual(plain.steps);
  });

  it('keep their object', async () => {
    class Counter implements LifecycleHooks {
      ready = 0;
      onSystemReady() {
        this.ready += 1;
      }
    }
    const counter = new Counter();
    await lifeOf(counter);
    expect(counter.ready).toBe(1);
  });

  it('were all called by the time start and stop resolve', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    await test.runner.start();
    expect(test.recorder.hookCalls.at(-1)).toBe('onSystemReady');
    await test.runner.stop();
    expect(test.recorder.hookCalls.at(-1)).toBe('onStateChange STOPPING→STOPPED');
  });

  it('change nothing even when the one that hears of their errors throws as well', async () => {
    const bad = () => {
      throw new Error('bad');
    };
    const runner = new LifecycleRunner({ services: [], hooks: [everyHook(bad)], onHookError: bad });
    await runner.start();
    await runner.stop();
    expect(runner.state).toBe('STOPPED');
  });
});
