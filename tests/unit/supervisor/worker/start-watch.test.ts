import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { StartWatch } from '../../../../supervisor/worker/start-watch.js';

const env = environmentSchema.parse({
  DISCORD_TOKEN: 'x',
  TUX_HELLO_TIMEOUT_MS: '1000',
  TUX_START_TIMEOUT_MS: '5000',
});

let clock: FakeClock;
let view: { saidHello: boolean; saidReady: boolean; describeProgress(): string };
let problems: string[];
let watch: StartWatch;

beforeEach(() => {
  clock = new FakeClock();
  view = { saidHello: false, saidReady: false, describeProgress: () => ' (still starting: gateway)' };
  problems = [];
  watch = new StartWatch({ config: { env }, view, clock, onLate: (problem) => problems.push(problem) });
});

/** Lets time go by, and the loop turn once: a limit looks at what has been read by then. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await nextTurn();
}

describe('the start of a worker', () => {
  it('is late when it has not said hello, and again when it is not ready', async () => {
    await pass(999);
    expect(problems).toEqual([]);
    await pass(1);
    const hello = "no 'hello' from the worker within 1000 ms (still starting: gateway)";
    expect(problems).toEqual([hello]);
    await pass(4_000);
    expect(problems).toEqual([hello, "no 'ready' from the worker within 5000 ms (still starting: gateway)"]);
  });

  it('is in time when both came', async () => {
    view.saidHello = true;
    await pass(1_000);
    view.saidReady = true;
    await pass(4_000);
    expect([problems, clock.pending]).toEqual([[], 0]);
  });

  it('is in time when the message was read in the turn in which the time was up', async () => {
    await clock.advance(1_000);
    view.saidHello = true;
    await nextTurn();
    expect(problems).toEqual([]);
    watch.stop();
  });

  it('is nobody’s concern once the run is over', async () => {
    watch.stop();
    await pass(5_000);
    expect([problems, clock.pending]).toEqual([[], 0]);
  });
});
