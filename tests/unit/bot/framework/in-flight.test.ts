import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../../bot/framework/in-flight.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('InFlight', () => {
  it('drains at once when nothing runs', async () => {
    const inFlight = new InFlight(new FakeClock());
    expect(await inFlight.drain(new AbortController().signal)).toEqual({ finished: 0, abandoned: [] });
  });

  it('waits for what runs and leaves it alone', async () => {
    const inFlight = new InFlight(new FakeClock());
    const work = deferred();
    void inFlight.run('a', () => work.promise);
    const drained = inFlight.drain(new AbortController().signal);
    work.resolve();
    expect(await drained).toEqual({ finished: 1, abandoned: [] });
    expect(inFlight.signal.aborted).toBe(false);
    expect(inFlight.size).toBe(0);
  });

  it('counts work that fails as finished', async () => {
    const inFlight = new InFlight(new FakeClock());
    const failing = inFlight.run('a', async () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(inFlight.size).toBe(0);
  });

  it('aborts what is left at the deadline, and names what ignores that', async () => {
    const clock = new FakeClock();
    const inFlight = new InFlight(clock);
    const stubborn = deferred();
    void inFlight.run('message', async (handling) => {
      handling.name = 'stubborn';
      await stubborn.promise;
    });
    void inFlight.run('polite', () => clock.sleep(60_000, inFlight.signal).catch(() => {}));
    const timeUp = new AbortController();
    const drained = inFlight.drain(timeUp.signal);
    timeUp.abort(new Error('time is up'));
    await clock.whenSleeping(1);
    await clock.advance(250);
    expect(await drained).toEqual({ finished: 1, abandoned: ['stubborn'] });
    expect(inFlight.signal.reason).toEqual(new Error('time is up'));
    expect(clock.pending).toBe(0);
  });

  it('does not wait out the grace when everything stopped', async () => {
    const clock = new FakeClock();
    const inFlight = new InFlight(clock);
    void inFlight.run('polite', () => clock.sleep(60_000, inFlight.signal).catch(() => {}));
    expect(await inFlight.drain(AbortSignal.abort())).toEqual({ finished: 1, abandoned: [] });
    expect(clock.pending).toBe(0);
  });
});
