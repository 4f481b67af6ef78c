import { beforeEach, describe, expect, it } from 'vitest';
import { TuxError } from '../../../shared/errors.js';
import { FakeClock } from '../../../shared/testing/index.js';
import { DiskRetry } from '../../../supervisor/disk-retry.js';
import { recordingLogger } from '../../support/framework-fakes.js';

let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let retry: DiskRetry;
/** What was tried, in that order. */
let tries: string[];
let isBroken: boolean;

beforeEach(() => {
  clock = new FakeClock();
  logger = recordingLogger();
  retry = new DiskRetry({ log: logger.log, clock });
  tries = [];
  isBroken = true;
});

const write = (what: string) => async () => {
  tries.push(what);
  if (isBroken) throw new Error('EIO');
};

describe('a write that the disk refused', () => {
  it('is done again until the disk takes it, and then no more', async () => {
    retry.add('a.json', write('a'));
    await clock.advance(1_500);
    expect(tries).toHaveLength(4); // after 100, 300, 700 and 1,500 ms
    isBroken = false;
    await clock.advance(1_600);
    expect([tries.length, clock.pending]).toEqual([5, 0]);
    expect(logger.records).toMatchObject([{ event: 'disk:written', path: 'a.json' }]);
    await clock.advance(60_000);
    expect(tries).toHaveLength(5);
  });

  it('is tried every five seconds at last, for as long as it takes', async () => {
    retry.add('a.json', write('a'));
    await clock.advance(3_600_000);
    expect(tries.length).toBeGreaterThan(720);
    expect(tries.length).toBeLessThan(730);
    isBroken = false;
    await clock.advance(5_000);
    expect(clock.pending).toBe(0);
  });

  it('gives way to what is to be written in its place, and holds nothing else up', async () => {
    retry.add('a.json', write('old'));
    retry.add('b.json', write('other'));
    retry.add('a.json', write('new'));
    await clock.advance(100);
    expect(tries).toEqual(['new', 'other']);
    isBroken = false;
    await clock.advance(200);
    expect([tries.slice(2), clock.pending]).toEqual([['new', 'other'], 0]);
  });

  it('may be refused again, or another one, while it is tried', async () => {
    retry.add('a.json', async () => {
      tries.push('a');
      if (tries.length === 1) retry.add('a.json', write('again'));
    });
    isBroken = false;
    await clock.advance(300);
    expect(tries).toEqual(['a', 'again']);
    retry.add('a.json', write('later'));
    await clock.advance(100);
    expect([tries.at(-1), clock.pending]).toEqual(['later', 0]);
  });

  it('is left to the supervisor that has taken over', async () => {
    retry.add('a.json', async () => {
      tries.push('a');
      throw new TuxError('TUX_LOCK_LOST', 'not ours any more');
    });
    await clock.advance(60_000);
    expect([tries.length, clock.pending]).toEqual([1, 0]);
  });
});

describe('the end of the supervisor', () => {
  it('waits for nothing where nothing was refused', async () => {
    await retry.close();
    expect(logger.events()).toEqual([]);
  });

  it('tries at once, and waits for a disk that is well again soon', async () => {
    retry.add('a.json', write('a'));
    await clock.advance(1_500);
    const closing = retry.close();
    await clock.advance(400);
    expect(tries).toHaveLength(9); // not at 3,100 ms, but now and every 100 ms
    isBroken = false;
    await clock.advance(100);
    await closing;
    expect([logger.events(), clock.pending]).toEqual([['disk:written'], 0]);
  });

  it('waits no longer than two seconds, and says what was not written', async () => {
    retry.add('a.json', write('a'));
    const closing = retry.close();
    await clock.advance(2_000);
    await closing;
    expect(logger.records).toMatchObject([{ event: 'disk:given-up', paths: ['a.json'] }]);
    expect(clock.pending).toBe(0);
  });

  it('also tries what is refused only then', async () => {
    const closing = retry.close();
    await closing;
    retry.add('a.json', write('a'));
    expect(clock.pending).toBe(0);
    isBroken = false;
    await retry.close();
    expect(tries).toEqual(['a']);
  });
});
