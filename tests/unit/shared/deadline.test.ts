import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DeadlineError, deadline } from '../../../shared/deadline.js';
import { FakeClock } from '../../../shared/testing/index.js';

const never = () => new Promise<never>(() => {});

describe('deadline', () => {
  it('hands on the result and leaves no timer behind', async () => {
    const clock = new FakeClock();
    await expect(deadline('work', 100, async () => 42, undefined, clock)).resolves.toBe(42);
    await expect(deadline('work', 100, () => 43, undefined, clock)).resolves.toBe(43);
    expect(clock.pending).toBe(0);
  });

  it('hands on an error, thrown or rejected, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const thrown = () => {
      throw new Error('thrown');
    };
    await expect(deadline('work', 100, thrown, undefined, clock)).rejects.toThrow('thrown');
    await expect(deadline('work', 100, () => Promise.reject(new Error('no')), undefined, clock)).rejects.toThrow('no');
    expect(clock.pending).toBe(0);
  });

  it('says what did not finish, and aborts it', async () => {
    const clock = new FakeClock();
    let seen: AbortSignal | undefined;
    const work = deadline(
      'discord.destroy',
      3_000,
      (signal) => {
        seen = signal;
        return never();
      },
      undefined,
      clock,
    );
    const outcome = expect(work).rejects.toMatchObject({
      name: 'DeadlineError',
      message: 'discord.destroy did not finish within 3000 ms',
      what: 'discord.destroy',
      limitMs: 3_000,
    });
    await clock.advance(2_999);
    expect(seen?.aborted).toBe(false);
    await clock.advance(1);
    await outcome;
    expect(seen?.reason).toBeInstanceOf(DeadlineError);
  });

  it('ends at once with the reason of the signal, and aborts the work with it', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const work = deadline(
      'work',
      1_000,
      (signal) => {
        seen = signal;
        return never();
      },
      controller.signal,
      clock,
    );
    const reason = new Error('shutdown');
    controller.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(seen?.reason).toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('does not begin when the signal has aborted already', async () => {
    let begun = false;
    const work = () => {
      begun = true;
    };
    await expect(deadline('work', 10, work, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(begun).toBe(false);
  });

  it('listens to the signal no longer than the work takes', async () => {
    const { signal } = new AbortController();
    await deadline('work', 1_000, async () => {}, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('hands on what the work threw even if it aborted the signal before', async () => {
    const controller = new AbortController();
    const work = () => {
      controller.abort(new Error('first'));
      throw new Error('second');
    };
    await expect(deadline('work', 1_000, work, controller.signal)).rejects.toThrow('second');
  });

  it('drops the late failure of work it left behind', async () => {
    const clock = new FakeClock();
    const work = deadline(
      'work',
      10,
      async () => {
        await clock.sleep(20);
        throw new Error('nobody listens'); // vitest fails the run on an unhandled rejection
      },
      undefined,
      clock,
    );
    const outcome = expect(work).rejects.toBeInstanceOf(DeadlineError);
    await clock.advance(30);
    await outcome;
  });

  it('goes by the system clock unless it is given another', async () => {
    await expect(deadline('work', 5, never)).rejects.toThrow('work did not finish within 5 ms');
  });
});
