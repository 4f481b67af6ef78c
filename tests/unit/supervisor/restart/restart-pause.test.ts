import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { RestartPause } from '../../../../supervisor/restart/restart-pause.js';

describe('the wait before the next start', () => {
  it('lasts as long as it was told to, and shows why and until when', async () => {
    const clock = new FakeClock();
    const pause = new RestartPause(clock);
    let isOver = false;
    const waiting = pause.wait('HELD', 'crash-loop', 60_000).then(() => {
      isOver = true;
    });
    const until = new Date(clock.now() + 60_000).toISOString();
    expect(pause.current).toEqual({ kind: 'HELD', reason: 'crash-loop', until });
    await clock.advance(59_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(pause.current).toBeNull();
  });

  it('ends at once when somebody wants it to', async () => {
    const pause = new RestartPause(new FakeClock());
    const waiting = pause.wait('BACKOFF', 'crash', 60_000);
    pause.end();
    await waiting;
    expect(pause.current).toBeNull();
  });

  it('falls away when that was asked for before it began, but not after the run that was asked for', async () => {
    const clock = new FakeClock();
    const pause = new RestartPause(clock);
    pause.end();
    await pause.wait('BACKOFF', 'crash', 60_000);
    pause.noteRun();
    const waiting = pause.wait('BACKOFF', 'crash', 60_000);
    expect(pause.current?.kind).toBe('BACKOFF');
    pause.end();
    await waiting;
  });
});
