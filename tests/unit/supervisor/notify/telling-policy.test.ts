import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import type { NotificationKind } from '../../../../supervisor/notify/notification.js';
import { decideTelling, initialTellingState, type TellingState } from '../../../../supervisor/notify/telling-policy.js';

const MINUTE = 60_000;

/** Lets things happen and remembers what was told. */
class Story {
  readonly clock = new FakeClock();
  state: TellingState = initialTellingState();

  happens(kind: NotificationKind): boolean {
    const { tells, state } = decideTelling(this.state, kind, this.clock.monotonic());
    this.state = state;
    return tells;
  }

  /** `kind` happens every `everyMs` for `forMs`. @returns the instants, in minutes, at which it was told. */
  async repeat(kind: NotificationKind, everyMs: number, forMs: number): Promise<number[]> {
    const told: number[] = [];
    const end = this.clock.monotonic() + forMs;
    for (; this.clock.monotonic() < end; await this.clock.advance(everyMs)) {
      if (this.happens(kind)) told.push(this.clock.monotonic() / MINUTE);
    }
    return told;
  }
}

describe('what is told', () => {
  it('is one of a kind within a minute; the others are counted until the next one is told', async () => {
    const story = new Story();
    expect([story.happens('crash'), story.happens('crash')]).toEqual([true, false]);
    await story.clock.advance(MINUTE - 1);
    expect(story.happens('crash')).toBe(false);
    expect(story.state.leftOut).toEqual({ crash: 2 });
    await story.clock.advance(1);
    expect(story.happens('crash')).toBe(true);
    expect(story.state.leftOut).toEqual({});
  });

  it('is each kind for itself', () => {
    const story = new Story();
    expect(['crash', 'hang', 'failed-start'].map((kind) => story.happens(kind as NotificationKind))).toEqual([
      true,
      true,
      true,
    ]);
    expect(story.happens('hang')).toBe(false);
    expect(story.state.leftOut).toEqual({ hang: 1 });
  });

  it('becomes rarer while it goes on happening, down to once an hour', async () => {
    const story = new Story();
    expect(await story.repeat('crash', MINUTE, 250 * MINUTE)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('is news again after an hour of quiet, and not before', async () => {
    const story = new Story();
    await story.repeat('crash', MINUTE, 20 * MINUTE); // told after 15 min, at 31 next
    await story.clock.advance(60 * MINUTE - 1);
    expect(story.happens('crash')).toBe(true);
    await story.clock.advance(60 * MINUTE);
    expect([story.happens('crash'), story.state.streaks.crash?.times]).toEqual([true, 1]);
  });

  it('of a recovery follows trouble that was told, once, however soon', () => {
    const story = new Story();
    expect(story.happens('recovered')).toBe(false);
    story.happens('crash');
    expect([story.happens('recovered'), story.happens('recovered')]).toEqual([true, false]);
    story.happens('hang');
    expect(story.happens('recovered')).toBe(true);
    story.happens('crash'); // left out: they still believe that it is ready
    expect(story.happens('recovered')).toBe(false);
  });

  it('is every hold and every end, so that nobody believes in an earlier recovery', () => {
    const story = new Story();
    for (const kind of ['held', 'gave-up', 'config-error'] as const) {
      expect([story.happens(kind), story.happens('recovered'), story.happens(kind)]).toEqual([true, true, true]);
    }
  });
});
