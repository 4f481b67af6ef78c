import { beforeEach, describe, expect, it } from 'vitest';
import { type ShutdownPhase, ShutdownSequence } from '../../../../bot/app/shutdown.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let sequence: ShutdownSequence;
let done: string[];

beforeEach(() => {
  clock = new FakeClock();
  logger = recordingLogger();
  sequence = new ShutdownSequence(logger.log, clock);
  done = [];
});

function phase(name: string, run: ShutdownPhase['run'] = () => {}, limitMs = 1_000): ShutdownPhase {
  return {
    name,
    limitMs,
    async run(signal) {
      await run(signal);
      done.push(name);
    },
  };
}

const never = () => new Promise<void>(() => {});

describe('ShutdownSequence', () => {
  it('runs one phase after the other and times each', async () => {
    const running = sequence.run([
      phase('first', () => clock.sleep(30)),
      phase('second'),
      phase('third', () => clock.sleep(500)),
    ]);
    await clock.advance(530);
    await running;
    expect(done).toEqual(['first', 'second', 'third']);
    expect(sequence.results).toEqual([
      { name: 'first', ms: 30 },
      { name: 'second', ms: 0 },
      { name: 'third', ms: 500 },
    ]);
    expect([sequence.isClean, clock.pending]).toEqual([true, 0]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('boom'))],
    [
      'throws before it returns a promise',
      () => {
        throw new Error('boom');
      },
    ],
  ])('goes on after a phase that %s, and says so', async (_what, run) => {
    await sequence.run([phase('bad', run), phase('next')]);
    expect(done).toEqual(['next']);
    expect(sequence.results[0]).toEqual({ name: 'bad', ms: 0, error: 'boom' });
    expect(sequence.isClean).toBe(false);
    expect(logger.records.find(({ event }) => event === 'shutdown:phase:failed')).toMatchObject({
      phase: 'bad',
      level: 50,
    });
  });

  it('goes on without a phase that does not end in time, and tells it so', async () => {
    let limit: AbortSignal | undefined;
    const stuck = (signal: AbortSignal) => {
      limit = signal;
      return never();
    };
    const running = sequence.run([phase('stuck', stuck, 200), phase('next')]);
    await clock.advance(199);
    expect([done, limit?.aborted]).toEqual([[], false]);
    await clock.advance(1);
    await running;
    expect([done, limit?.aborted]).toEqual([['next'], true]);
    expect(sequence.results[0]).toEqual({ name: 'stuck', ms: 200, error: 'stuck did not finish within 200 ms' });
  });

  it('drops what a phase that was left behind does later', async () => {
    const late = () => clock.sleep(300).then(() => Promise.reject(new Error('too late')));
    const running = sequence.run([phase('late', late, 200), phase('next')]);
    await clock.advance(1_000);
    await running;
    expect(sequence.results.map(({ name }) => name)).toEqual(['late', 'next']);
  });

  it('shows a phase the results of those before it', async () => {
    let seen: readonly unknown[] = [];
    await sequence.run([
      phase('first'),
      phase('summary', () => {
        seen = [...sequence.results];
      }),
    ]);
    expect(seen).toEqual([{ name: 'first', ms: 0 }]);
  });
});

describe('hurrying it', () => {
  it('tells the phase that runs and all that follow, and cuts none of them off', async () => {
    const waitsForOthers = (signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    let wasHurried: boolean | undefined;
    const running = sequence.run([
      phase('drain', waitsForOthers, 60_000),
      phase('persist', async (signal) => {
        wasHurried = signal.aborted;
        await clock.sleep(50);
      }),
    ]);
    await clock.advance(100);
    expect(done).toEqual([]);
    sequence.hurry();
    await clock.advance(50);
    await running;
    expect([done, wasHurried, sequence.isClean]).toEqual([['drain', 'persist'], true, true]);
    expect(sequence.hurrySignal.aborted).toBe(true);
  });
});
