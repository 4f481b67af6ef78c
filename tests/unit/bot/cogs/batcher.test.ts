import { beforeEach, describe, expect, it } from 'vitest';
import { Batcher } from '../../../../bot/cogs/batcher.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

describe('a batcher', () => {
  let clock: FakeClock;
  let logger: ReturnType<typeof recordingLogger>;
  let stop: AbortController;
  let delivered: [at: number, key: string, items: readonly number[], dropped: number][];
  let hold: Promise<void>;
  let failure: Error | null;
  let batcher: Batcher<number>;

  beforeEach(() => {
    clock = new FakeClock();
    logger = recordingLogger();
    stop = new AbortController();
    delivered = [];
    hold = Promise.resolve();
    failure = null;
    batcher = new Batcher({
      clock,
      log: logger.log,
      windowMs: 1_000,
      maxItems: 3,
      async deliver(key, items, dropped) {
        if (failure) throw failure;
        delivered.push([clock.monotonic(), key, items, dropped]);
        await hold;
      },
    });
  });

  /** No delivery ends before what it returns is called. */
  function holdDeliveries(): () => void {
    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  }

  it('delivers what comes within a window together, each key by itself', async () => {
    const running = batcher.run(stop.signal);
    batcher.add('a', 1);
    await clock.advance(999);
    batcher.add('a', 2);
    batcher.add('b', 9);
    expect(delivered).toEqual([]);
    await clock.advance(1);
    expect(delivered).toEqual([
      [1_000, 'a', [1, 2], 0],
      [1_000, 'b', [9], 0],
    ]);
    await clock.advance(60_000);
    expect(delivered).toHaveLength(2);
    expect(clock.pending).toBe(0); // nothing to do: no timer
    stop.abort();
    await running;
  });

  it('says when a delivery is over, however it went', async () => {
    const running = batcher.run(stop.signal);
    const over: string[] = [];
    const wait = (key: string) => void batcher.whenDelivered(key).then(() => over.push(key));
    batcher.add('a', 1);
    wait('a');
    failure = new Error('no');
    await clock.advance(999);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual(['a']);
    batcher.add('b', 1);
    wait('b');
    batcher.delete('b');
    await clock.settle();
    expect(over).toEqual(['a', 'b']);
    await batcher.whenDelivered('nothing waits');
    stop.abort();
    await running;
  });

  it('makes one delivery of a burst, and counts what it does not keep', async () => {
    const running = batcher.run(stop.signal);
    for (let item = 0; item < 100; item += 1) batcher.add('a', item);
    await clock.advance(10_000);
    expect(delivered).toEqual([[1_000, 'a', [0, 1, 2], 97]]);
    stop.abort();
    await running;
  });

  it('never delivers for one key twice at once', async () => {
    const release = holdDeliveries();
    const running = batcher.run(stop.signal);
    batcher.add('a', 1);
    await clock.advance(1_000);
    batcher.add('a', 2);
    await clock.advance(5_000);
    expect(delivered).toHaveLength(1);
    release();
    await clock.advance(1_000);
    expect(delivered.map(([, , items]) => items)).toEqual([[1], [2]]);
    stop.abort();
    await running;
  });

  it('delivers what is left when it is told to stop, also what came before it ran', async () => {
    batcher.add('a', 1);
    batcher.add('b', 2);
    batcher.delete('b');
    stop.abort();
    await batcher.run(stop.signal);
    expect(delivered).toEqual([[0, 'a', [1], 0]]);
  });

  it('waits for the delivery under way before the last one', async () => {
    const release = holdDeliveries();
    const running = batcher.run(stop.signal);
    batcher.add('a', 1);
    await clock.advance(1_000);
    batcher.add('a', 2);
    stop.abort();
    await clock.settle();
    expect(delivered).toHaveLength(1);
    release();
    await running;
    expect(delivered).toHaveLength(2);
  });

  it('logs a delivery that failed, and goes on', async () => {
    const running = batcher.run(stop.signal);
    failure = new Error('no');
    batcher.add('a', 1);
    await clock.advance(1_000);
    expect(logger.events()).toEqual(['batch:failed']);
    failure = null;
    batcher.add('a', 2);
    await clock.advance(1_000);
    expect(delivered).toEqual([[2_000, 'a', [2], 0]]);
    stop.abort();
    await running;
  });
});
