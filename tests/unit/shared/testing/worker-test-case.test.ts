import { describe, expect, it } from 'vitest';
import { hanging, WorkerTestCase } from '../../../../shared/testing/index.js';

describe('WorkerTestCase', () => {
  it('fails instead of waiting for a promise that nothing can settle any more', async () => {
    const test = new WorkerTestCase(() => []);
    await expect(test.drive(new Promise(() => {}))).rejects.toThrow('nothing sleeps, yet the promise is pending');
  });

  it('fails instead of polling for ever', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a', { healthCheck: async () => {} })]);
    await test.start();
    await expect(test.drive(new Promise(() => {}))).rejects.toThrow('still pending after a day');
    await test.stop();
  });

  it('fails when something still sleeps after the stop', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('leaky', { initialize: async () => void clock.sleep(1_000_000) }),
    ]);
    await test.start();
    await expect(test.stop()).rejects.toThrow('something still sleeps after the stop');
  });

  it('hands on what the start threw', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a', hanging('initialize'))]);
    await expect(test.start()).rejects.toThrow("Service 'a' failed to initialize");
  });
});
