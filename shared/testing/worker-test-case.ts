import assert from 'node:assert/strict';
import { type LifecycleOptions, LifecycleRunner, type StartSummary, type StopSummary } from '../lifecycle/index.js';
import { FakeClock } from './fake-clock.js';
import { ServiceRecorder } from './service-recorder.js';

/** A day: health checks sleep again and again, so "nobody sleeps" alone would never end. */
const DRIVE_LIMIT_MS = 86_400_000;

/**
 * A worker's lifecycle on a clock that the test moves. Make it with the services under test, {@link start} it, do
 * something, {@link stop} it; both check that the worker arrived where it should have.
 */
export class WorkerTestCase {
  readonly clock: FakeClock;
  readonly recorder: ServiceRecorder;
  readonly runner: LifecycleRunner;
  /** What hooks threw. */
  readonly hookErrors: unknown[] = [];

  /** @param build makes the services, with the clock and the recorder at hand. Jitter is off unless `random` is given. */
  constructor(
    build: (tools: { clock: FakeClock; recorder: ServiceRecorder }) => LifecycleOptions['services'],
    options: Omit<LifecycleOptions, 'services' | 'clock' | 'onHookError'> = {},
  ) {
    this.clock = new FakeClock();
    this.recorder = new ServiceRecorder();
    this.runner = new LifecycleRunner({
      random: () => 1,
      ...options,
      hooks: [this.recorder.hooks, ...(options.hooks ?? [])],
      services: build({ clock: this.clock, recorder: this.recorder }),
      clock: this.clock,
      onHookError: (error) => this.hookErrors.push(error),
    });
  }

  /** Starts and lets as much time go by as that takes. Rejects as {@link LifecycleRunner.start} does. */
  async start(): Promise<StartSummary> {
    const summary = await this.drive(this.runner.start());
    assert.equal(this.runner.state, 'RUNNING');
    return summary;
  }

  /** Stops, lets as much time go by as that takes, and checks that nothing is left waiting. */
  async stop(): Promise<StopSummary> {
    const summary = await this.drive(this.runner.stop());
    assert.equal(this.runner.state, 'STOPPED');
    assert.equal(this.clock.pending, 0, 'something still sleeps after the stop');
    return summary;
  }

  /**
   * Moves the clock from sleeper to sleeper until `promise` settles.
   *
   * @throws an AssertionError when nobody sleeps any more, or after {@link DRIVE_LIMIT_MS}: it would hang for ever.
   */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    const giveUpAt = this.clock.monotonic() + DRIVE_LIMIT_MS;
    for (await this.clock.settle(); !isSettled; await this.clock.settle()) {
      const passedMs = await this.clock.advanceToNext();
      assert.ok(passedMs !== null || isSettled, 'nothing sleeps, yet the promise is pending');
      assert.ok(this.clock.monotonic() < giveUpAt, 'the promise is still pending after a day on the clock');
    }
    return promise;
  }
}
