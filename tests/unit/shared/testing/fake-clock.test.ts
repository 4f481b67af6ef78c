import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new FakeClock(1_000);
    let woke = false;
    const sleeping = clock.sleep(10).then(() => {
      woke = true;
    });
    await clock.settle();
    expect([woke, clock.now(), clock.monotonic(), clock.pending]).toEqual([false, 1_000, 0, 1]);
    await clock.advance(9);
    expect(woke).toBe(false);
    await clock.advance(1);
    expect([woke, clock.now(), clock.monotonic(), clock.pending]).toEqual([true, 1_010, 10, 0]);
    await sleeping;
  });

  it('wakes sleepers by due time, then by the order in which they went to sleep', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    const note = (name: string, ms: number) => clock.sleep(ms).then(() => order.push(`${name}@${clock.monotonic()}`));
    void note('late', 30);
    void note('first', 10);
    void note('second', 10);
    await clock.advance(100);
    expect(order).toEqual(['first@10', 'second@10', 'late@30']);
  });

  it('wakes those who go to sleep during an advance at their own instant', async () => {
    const clock = new FakeClock();
    const ticks: number[] = [];
    const loop = async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10);
        ticks.push(clock.monotonic());
      }
    };
    void loop();
    await clock.advance(100);
    expect(ticks).toEqual([10, 20, 30]);
    expect(clock.monotonic()).toBe(100);
  });

  it('runs the whole continuation of one sleeper before it wakes the next', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    const twoSteps = async (name: string) => {
      await clock.sleep(10);
      order.push(`${name}1`);
      await Promise.resolve();
      order.push(`${name}2`);
    };
    void twoSteps('a');
    void twoSteps('b');
    await clock.advance(10);
    expect(order).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('rejects a sleep with the reason of its signal and forgets it', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    const outcome = expect(sleeping).rejects.toThrow('stop now');
    controller.abort(new Error('stop now'));
    await outcome;
    expect(clock.pending).toBe(0);
    await expect(clock.sleep(0, controller.signal)).rejects.toThrow('stop now');
  });

  it('needs no advance for a sleep of nothing', async () => {
    const clock = new FakeClock();
    await clock.sleep(0);
    expect(clock.pending).toBe(0);
  });

  it('moves to the next sleeper and says how far that was', async () => {
    const clock = new FakeClock();
    void clock.sleep(25);
    expect(await clock.advanceToNext()).toBe(25);
    expect(clock.monotonic()).toBe(25);
    expect(await clock.advanceToNext()).toBeNull();
  });

  it('wakes everybody late after a freeze', async () => {
    const clock = new FakeClock();
    const seen: number[] = [];
    void clock.sleep(10).then(() => seen.push(clock.monotonic()));
    void clock.sleep(20).then(() => seen.push(clock.monotonic()));
    await clock.freeze(1_000);
    expect(seen).toEqual([1_000, 1_000]);
  });

  it('lets the wall clock jump without touching monotonic time or sleepers', async () => {
    const clock = new FakeClock(5_000);
    void clock.sleep(10);
    clock.jumpWallClock(-3_600_000);
    await clock.settle();
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([5_000 - 3_600_000, 0, 1]);
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  });

  it('tells when as many sleep as one waits for', async () => {
    const clock = new FakeClock();
    let reached = false;
    const waiting = clock.whenSleeping(2).then(() => {
      reached = true;
    });
    void clock.sleep(1);
    await clock.settle();
    expect(reached).toBe(false);
    void clock.sleep(1);
    await waiting;
    await clock.whenSleeping(1);
    await clock.advance(1);
  });

  it('rings when the time has come, unless it is called off', async () => {
    const clock = new FakeClock();
    const rings: string[] = [];
    clock.after(10, () => rings.push('kept'));
    const callOff = clock.after(10, () => rings.push('called off'));
    clock.after(0, () => rings.push('at once'));
    clock.after(0, () => rings.push('called off at once'))();
    expect(clock.pending).toBe(3);
    await clock.settle();
    expect(rings).toEqual(['at once']);
    callOff();
    await clock.advance(9);
    expect(rings).toEqual(['at once']);
    await clock.advance(1);
    expect(rings).toEqual(['at once', 'kept']);
    expect(clock.pending).toBe(0);
  });
});
