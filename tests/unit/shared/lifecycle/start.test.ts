import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { TuxError } from '../../../../shared/errors.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import {
  LifecycleRunner,
  ServiceInitializationError,
  StartAbortedError,
  StartTimeoutError,
} from '../../../../shared/lifecycle/index.js';
import { failing, hanging, ServiceRecorder, Stubborn, slow, WorkerTestCase } from '../../../../shared/testing/index.js';

const backoff = { baseMs: 100, maxMs: 1_000 };

describe('starting', () => {
  it('goes through STARTING to RUNNING and reports every service', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('cogs', { dependsOn: ['database'] }),
      recorder.service('database'),
    ]);
    expect(test.runner.state).toBe('INITIALIZING');
    const summary = await test.start();
    expect(test.recorder.steps).toEqual([
      'database:initialize',
      'database:initialized',
      'cogs:initialize',
      'cogs:initialized',
    ]);
    expect(summary).toMatchObject({ isDegraded: false, services: [{ name: 'database' }, { name: 'cogs' }] });
    expect(test.recorder.hookCalls).toEqual([
      'onStateChange INITIALIZING→STARTING',
      'onServiceInitializing database',
      'onServiceInitialized database',
      'onServiceInitializing cogs',
      'onServiceInitialized cogs',
      'onStateChange STARTING→RUNNING',
      'onSystemReady',
    ]);
    await test.stop();
  });

  it('touches nothing when the graph is wrong', () => {
    const touched = () => {
      throw new Error('touched');
    };
    const service = { name: 'a', dependsOn: ['b'], initialize: touched, cleanup: touched };
    expect(() => new LifecycleRunner({ services: [service] })).toThrow("Unknown dependency 'b': a → b");
  });

  it('takes as long as the critical path, not as the sum', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database', slow(clock, { initializeMs: 300 })),
      recorder.service('emoji', slow(clock, { initializeMs: 350 })),
      recorder.service('cogs', { ...slow(clock, { initializeMs: 100 }), dependsOn: ['database'] }),
      recorder.service('metrics', slow(clock, { initializeMs: 200 })),
    ]);
    expect((await test.start()).durationMs).toBe(400);
    await test.stop();
  });

  it('initializes at most five services at a time', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const test = new WorkerTestCase(({ clock, recorder }) =>
      names.map((name) => recorder.service(name, slow(clock, { initializeMs: 100 }))),
    );
    const starting = test.runner.start();
    await test.clock.settle();
    expect(test.recorder.order('initialize')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await test.drive(starting)).durationMs).toBe(200);
    await test.stop();
  });

  it('gives concurrent and later callers the same start', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    const first = test.runner.start();
    expect(test.runner.start()).toBe(first);
    await first;
    expect(test.runner.start()).toBe(first);
    expect(test.recorder.order('initialize')).toEqual(['a']);
    await test.stop();
  });

  it('retries with growing delays and says why the try before had failed', async () => {
    const attempts: unknown[] = [];
    const test = new WorkerTestCase(
      ({ recorder }) => [
        recorder.service('database', { ...failing(new Error('refused'), 2), retry: { attempts: 3, backoff } }),
      ],
      {
        hooks: [
          {
            onServiceInitializing: ({ attempt, previousError }) => {
              attempts.push([attempt, (previousError as Error | undefined)?.message]);
            },
          },
        ],
      },
    );
    expect((await test.start()).durationMs).toBe(100 + 200);
    expect(attempts).toEqual([
      [1, undefined],
      [2, 'refused'],
      [3, 'refused'],
    ]);
    expect(test.runner.inspect()).toMatchObject([
      { stage: 'running', attempts: 3, lastError: null, initializeMs: 300 },
    ]);
    await test.stop();
  });

  it('jitters the delay between nothing and the full back-off', async () => {
    const test = new WorkerTestCase(
      ({ recorder }) => [recorder.service('a', { ...failing(new Error('x'), 1), retry: { attempts: 2, backoff } })],
      { random: () => 0.25 },
    );
    expect((await test.start()).durationMs).toBe(25);
    await test.stop();
  });

  it('gives up after the last try, and says how many there were and what the last one failed of', async () => {
    const error = new Error('refused');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database', { ...failing(error), retry: { attempts: 3, backoff } }),
    ]);
    await expect(test.start()).rejects.toMatchObject({
      message: "Service 'database' failed to initialize after 3 attempts: refused",
      code: 'TUX_SERVICE_INITIALIZATION',
      attempts: 3,
      cause: error,
      exitCode: ExitCode.SOFTWARE,
    });
  });

  it('does not retry what only a human can put right', async () => {
    const error = new TuxError('TUX_DB_URL', 'bad URL', { exitCode: ExitCode.CONFIG, hint: 'set DATABASE_URL' });
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database', { ...failing(error), retry: { attempts: 5, backoff } }),
    ]);
    const failure: unknown = await test.start().catch((caught: unknown) => caught);
    expect(failure).toBeInstanceOf(ServiceInitializationError);
    expect(failure).toMatchObject({
      message: "Service 'database' failed to initialize: bad URL",
      service: 'database',
      attempts: 1,
      cause: error,
      exitCode: ExitCode.CONFIG,
      hint: 'set DATABASE_URL',
    });
  });

  it('lets a service decide which of its errors are worth another try', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', {
        ...failing(new Error('no such table')),
        retry: { attempts: 5, backoff },
        shouldRetry: (error) => !String(error).includes('no such table'),
      }),
    ]);
    await expect(test.start()).rejects.toMatchObject({ attempts: 1, exitCode: ExitCode.SOFTWARE });
  });

  it('retries a try that timed out', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { ...hanging('initialize'), initializeTimeoutMs: 1_000, retry: { attempts: 2, backoff } }),
    ]);
    await expect(test.start()).rejects.toThrow(
      "Service 'a' failed to initialize after 2 attempts: a.initialize did not finish within 1000 ms",
    );
    expect(test.clock.monotonic()).toBe(1_000 + 100 + 1_000);
  });

  it('gives a service without a limit of its own ten seconds', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a', hanging('initialize'))]);
    await expect(test.start()).rejects.toThrow('a.initialize did not finish within 10000 ms');
    expect(test.clock.pending).toBe(0);
  });
});

describe('a start that fails', () => {
  it('cleans up what had started in reverse order before it rethrows', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('database'),
      recorder.service('permissions', { dependsOn: ['database'] }),
      recorder.service('cogs', { ...failing(new Error('boom')), dependsOn: ['permissions'] }),
      recorder.service('tasks', { dependsOn: ['cogs'] }),
    ]);
    await expect(test.start()).rejects.toThrow("Service 'cogs' failed to initialize: boom");
    expect(test.runner.state).toBe('STOPPED');
    expect(test.recorder.order('initialize')).toEqual(['database', 'permissions', 'cogs']);
    expect(test.recorder.order('cleaned-up')).toEqual(['permissions', 'database']);
    expect(test.runner.inspect().map(({ stage }) => stage)).toEqual(['stopped', 'stopped', 'failed', 'registered']);
    expect(test.recorder.hookCalls.filter((call) => call.startsWith('onStateChange'))).toEqual([
      'onStateChange INITIALIZING→STARTING',
      'onStateChange STARTING→ERROR',
      'onStateChange ERROR→STOPPING',
      'onStateChange STOPPING→STOPPED',
    ]);
  });

  it('calls off what starts at the same time, and rejects with the first failure', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('slow', slow(clock, { initializeMs: 5_000 })),
      recorder.service('quick', failing(new Error('first'))),
    ]);
    await expect(test.start()).rejects.toThrow('first');
    expect(test.clock.monotonic()).toBe(0);
    expect(test.recorder.order('cleanup')).toEqual([]);
    expect(test.clock.pending).toBe(0);
  });

  it('names the services that are stuck when the whole start takes too long', async () => {
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('config'),
      recorder.service('database', { ...hanging('initialize'), dependsOn: ['config'], initializeTimeoutMs: 60_000 }),
      recorder.service('emoji', { ...hanging('initialize'), initializeTimeoutMs: 60_000 }),
      recorder.service('cogs', { dependsOn: ['database'] }),
    ]);
    const failure: unknown = await test.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartTimeoutError);
    expect(failure).toMatchObject({
      message: 'The start did not finish within 30000 ms: stuck in database, emoji; not begun: cogs',
    });
    expect(test.clock.monotonic()).toBe(30_000);
    expect(test.recorder.order('cleaned-up')).toEqual(['config']);
  });

  it('may be stopped again without harm', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a', failing(new Error('x')))]);
    await test.start().catch(() => {});
    expect((await test.stop()).services).toEqual([]);
  });

  it('is called off by the signal of the caller, whose reason it keeps', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('database'),
      recorder.service('cogs', { ...slow(clock, { initializeMs: 5_000 }), dependsOn: ['database'] }),
    ]);
    const controller = new AbortController();
    const starting = test.runner.start(controller.signal);
    const outcome = expect(starting).rejects.toMatchObject({
      name: 'StartAbortedError',
      message: 'The start was called off: SIGTERM',
    });
    await test.clock.advance(100);
    controller.abort(new Error('SIGTERM'));
    await outcome;
    expect(test.clock.monotonic()).toBe(100);
    expect(test.recorder.order('cleaned-up')).toEqual(['database']);
    expect(test.clock.pending).toBe(0);
  });

  it('does not listen to the signal any longer than the start takes', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    const controller = new AbortController();
    await test.runner.start(controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await test.stop();
  });

  it('is called off even in the moment in which the last service is up', async () => {
    const controller = new AbortController();
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { initialize: async () => controller.abort(new Error('SIGTERM')) }),
    ]);
    await expect(test.runner.start(controller.signal)).rejects.toThrow('The start was called off: SIGTERM');
    expect(test.recorder.hookCalls).not.toContain('onStateChange STARTING→RUNNING');
    expect(test.recorder.order('cleaned-up')).toEqual(['a']);
  });

  it('is called off even when every service is up but the worker not yet RUNNING', async () => {
    const controller = new AbortController();
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')], {
      hooks: [{ onServiceInitialized: () => controller.abort(new Error('SIGTERM')) }],
    });
    await expect(test.runner.start(controller.signal)).rejects.toThrow('The start was called off: SIGTERM');
    expect(test.recorder.hookCalls).not.toContain('onStateChange STARTING→RUNNING');
    expect(test.recorder.order('cleaned-up')).toEqual(['a']);
  });

  it('starts nothing when the signal had aborted before', async () => {
    const test = new WorkerTestCase(({ recorder }) => [recorder.service('a')]);
    await expect(test.runner.start(AbortSignal.abort(new Error('late')))).rejects.toThrow(StartAbortedError);
    expect(test.recorder.steps).toEqual([]);
    expect(test.runner.state).toBe('STOPPED');
  });
});

describe('an initialize that ignores its signal', () => {
  it('is not tried again while it goes on', async () => {
    const stubborn = new Stubborn('initialize');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { ...stubborn.script, initializeTimeoutMs: 1_000, retry: { attempts: 3, backoff } }),
    ]);
    await expect(test.start()).rejects.toMatchObject({ attempts: 1 });
    expect(test.recorder.order('initialize')).toEqual(['a']);
  });

  it('is cleaned up and tried again when it succeeds shortly after its time was up', async () => {
    const test = new WorkerTestCase(({ clock, recorder }) => [
      recorder.service('a', {
        initialize: () => clock.sleep(recorder.order('initialize').length === 1 ? 1_500 : 10),
        initializeTimeoutMs: 1_000,
        retry: { attempts: 2, backoff },
      }),
    ]);
    await test.start();
    expect(test.recorder.steps).toEqual([
      'a:initialize',
      'a:initialized',
      'a:cleanup',
      'a:cleaned-up',
      'a:initialize',
      'a:initialized',
    ]);
    await test.stop();
  });

  it('is cleaned up when it succeeds after the failed start was over', async () => {
    const stubborn = new Stubborn('initialize');
    const test = new WorkerTestCase(({ recorder }) => [
      recorder.service('a', { ...stubborn.script, initializeTimeoutMs: 1_000 }),
    ]);
    await expect(test.start()).rejects.toThrow('a.initialize did not finish within 1000 ms');
    expect(test.recorder.order('cleanup')).toEqual([]);
    stubborn.finish();
    await test.clock.settle();
    expect(test.recorder.order('cleaned-up')).toEqual(['a']);
    expect(test.recorder.hookCalls.at(-1)).toBe('onServiceCleanedUp a');
    expect(test.clock.pending).toBe(0);
  });
});

describe('a runner of one’s own', () => {
  class Announced extends LifecycleRunner {
    readonly phases: string[] = [];

    override async start(signal?: AbortSignal) {
      this.phases.push(`before: ${this.state}`);
      const summary = await super.start(signal);
      this.phases.push(`after: ${this.state}`);
      return summary;
    }
  }

  it('does what it likes before and after the standard start', async () => {
    const recorder = new ServiceRecorder();
    const runner = new Announced({ services: [recorder.service('database')] });
    await runner.start();
    expect([runner.phases, recorder.order('initialized')]).toEqual([
      ['before: INITIALIZING', 'after: RUNNING'],
      ['database'],
    ]);
    await runner.stop();
    expect([runner.state, recorder.order('cleaned-up')]).toEqual(['STOPPED', ['database']]);
  });
});
