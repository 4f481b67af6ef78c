import { describe, expect, it } from 'vitest';
import { type Backlog, catchUp } from '../../../../bot/app/catch-up.js';
import { FakeClock } from '../../../../shared/testing/index.js';

const never = new Promise<void>(() => {});

/** Begins to catch up. @returns the steps so far; `caught up` is the last. */
function begin(backlog: Partial<Record<'replayed' | 'idle', Promise<void>>>, clock = new FakeClock()) {
  const steps: string[] = [];
  let overSignal: AbortSignal | undefined;
  const parts: Backlog = {
    gateway: { whenReplayed: () => backlog.replayed ?? Promise.resolve() },
    dispatcher: {
      whenIdle: (signal) => {
        steps.push('told');
        overSignal = signal;
        return backlog.idle ?? Promise.resolve();
      },
    },
  };
  const done = catchUp(parts, clock).then(() => void steps.push('caught up'));
  return { steps, done, clock, isOver: () => overSignal?.aborted ?? null };
}

describe('catching up', () => {
  it('takes no time where nothing is repeated and nothing runs', async () => {
    const { steps, done } = begin({});
    await done;
    expect(steps).toEqual(['told', 'caught up']);
  });

  it('waits until everything was repeated, and then until it is answered', async () => {
    const ends: Record<string, () => void> = {};
    const gate = (name: string) =>
      new Promise<void>((resolve) => {
        ends[name] = resolve;
      });
    const { steps, done, clock } = begin({ replayed: gate('replayed'), idle: gate('idle') });
    await clock.advance(100);
    expect(steps).toEqual([]);
    ends.replayed?.();
    await clock.advance(100);
    expect(steps).toEqual(['told']);
    ends.idle?.();
    await done;
    expect(steps).toEqual(['told', 'caught up']);
  });

  it.each(['replayed', 'idle'])('goes on after a quarter of a second when %s never comes', async (name) => {
    const { steps, done, clock, isOver } = begin({ [name]: never });
    await clock.advance(249);
    expect(steps).not.toContain('caught up');
    await clock.advance(1);
    await done;
    expect(isOver()).toBe(name === 'idle' ? true : null); // and leaves no wait behind
  });
});
