import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { Pacer } from '../../../../supervisor/http/pacer.js';

let clock: FakeClock;
/** When it was done, in milliseconds since the beginning. */
let done: number[];

beforeEach(() => {
  clock = new FakeClock();
  done = [];
});

const paced = (workMs = 0) =>
  new Pacer(
    1_000,
    async () => {
      done.push(clock.monotonic());
      await clock.sleep(workMs);
    },
    clock,
  );

describe('what is paced', () => {
  it('is done at once after a pause, and once for all who ask meanwhile', async () => {
    const pacer = paced();
    pacer.request();
    await clock.settle();
    for (let n = 0; n < 50; n += 1) pacer.request();
    await clock.advance(999);
    expect(done).toEqual([0]);
    await clock.advance(3_000);
    pacer.request();
    await clock.settle();
    expect(done).toEqual([0, 1_000, 3_999]);
  });

  it('never overlaps itself, and what is asked while it works is not lost', async () => {
    const pacer = paced(2_000);
    pacer.request();
    await clock.advance(500);
    pacer.request();
    await clock.advance(9_500);
    expect(done).toEqual([0, 3_000]);
  });

  it('is not done any more once it is stopped', async () => {
    const pacer = paced();
    pacer.request();
    await clock.settle();
    pacer.request();
    pacer.stop();
    await clock.advance(5_000);
    pacer.request();
    await clock.advance(5_000);
    expect([done, clock.pending]).toEqual([[0], 0]);
  });
});
