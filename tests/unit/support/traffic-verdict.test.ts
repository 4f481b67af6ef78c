import { describe, expect, it } from 'vitest';
import { plan } from '../../support/traffic-plan.js';
import type { Observed } from '../../support/traffic-record.js';
import { type Circumstances, judge, type Sent, type Stored } from '../../support/traffic-verdict.js';

const SENT_AT = 100_000;
const nothingStored: Stored = { cases: 0, xp: null, expectedXp: null };
/** A bot that is there all the time. */
const calm: Circumstances = {
  stays: [{ from: SENT_AT - 5_000, to: Number.POSITIVE_INFINITY }],
  answers: [{ at: SENT_AT + 1_200, sentAt: SENT_AT + 100 }],
  endedSessions: new Set(),
};

function sent(change: Partial<Sent> = {}): Sent {
  const heardBy = [{ sessionId: 'one', s: 7 }];
  const planned = { kind: 'ping', form: 'slash', as: 'alice', text: 'ping', options: {} } as const;
  return { ...planned, number: 1, sentAt: SENT_AT, eventId: '1', heardBy, ...change };
}

function seen(...whats: readonly (readonly [Observed['what'], string?])[]): Observed[] {
  return whats.map(([what, text = '🏓 Pong!'], index) => ({ seq: index, at: SENT_AT + index, what, text }));
}

const outcomeOf = (...args: Parameters<typeof judge>) => judge(...args).outcome;

describe('a command', () => {
  it('is right when it was answered once and took effect once', () => {
    expect(judge(sent(), seen(['delivered'], ['answer']), nothingStored, calm)).toEqual({
      outcome: 'right',
      problems: [],
    });
    const job = sent({ kind: 'job' });
    expect(outcomeOf(job, seen(['answer', '📥 Job 1'], ['job done']), nothingStored, calm)).toBe('right');
  });

  it('is right when it was told twice, and when a deferred answer was filled in twice', () => {
    expect(outcomeOf(sent(), seen(['delivered'], ['delivered'], ['answer']), nothingStored, calm)).toBe('right');
    expect(outcomeOf(sent(), seen(['deferred'], ['edit'], ['edit']), nothingStored, calm)).toBe('right');
  });

  it.each([
    ['was not answered', sent(), seen(['delivered']), 'answers: 0 instead of 1'],
    ['is still being thought about', sent(), seen(['deferred']), 'answers: 0 instead of 1'],
    ['was answered twice', sent(), seen(['answer'], ['answer']), 'answers: 2 instead of 1'],
    ['was refused', sent(), seen(['answer', 'Tux is restarting']), 'answered with “Tux is restarting”'],
    [
      'ran twice',
      sent({ kind: 'job' }),
      seen(['answer', '📥 Job 1'], ['job done'], ['job done']),
      'job done: 2 instead of 1',
    ],
  ])('is wrong when it %s', (_, command, observed, problem) => {
    expect(judge(command, observed, nothingStored, calm)).toEqual({ outcome: 'wrong', problems: [problem] });
  });

  it('is wrong when it has two cases, or none', () => {
    const warn = sent({ kind: 'case' });
    const observed = seen(['answer', '✅ **bob** is warned (case #1).'], ['notice'], ['log entry']);
    expect([0, 1, 2].map((cases) => outcomeOf(warn, observed, { ...nothingStored, cases }, calm))).toEqual([
      'wrong',
      'right',
      'wrong',
    ]);
  });
});

describe('a word that earns xp', () => {
  it('is wrong when it was not counted, or not once', () => {
    const talk = sent({ kind: 'talk', form: 'plain' });
    const outcomes = [null, 20, 40].map((xp) => outcomeOf(talk, [], { cases: 0, xp, expectedXp: 20 }, calm));
    expect(outcomes).toEqual(['wrong', 'right', 'wrong']);
  });
});

describe('a command that nobody could answer', () => {
  it('is undeliverable when Discord had nobody to tell', () => {
    expect(outcomeOf(sent({ eventId: null, heardBy: [] }), [], nothingStored, calm)).toBe('undeliverable');
  });

  it('is undeliverable when the session that it was told to has ended, but not with too much of anything', () => {
    const around = { ...calm, endedSessions: new Set(['one']) };
    expect(outcomeOf(sent(), seen(['delivered']), nothingStored, around)).toBe('undeliverable');
    expect(outcomeOf(sent(), seen(['answer'], ['answer']), nothingStored, around)).toBe('wrong');
  });

  it('is expired when it is an interaction and the next worker came after 3 s', () => {
    const stays = [
      { from: SENT_AT - 5_000, to: SENT_AT - 10 },
      { from: SENT_AT + 4_000, to: Number.POSITIVE_INFINITY },
    ];
    const away = { ...calm, stays };
    expect(outcomeOf(sent(), [], nothingStored, away)).toBe('expired');
    expect(outcomeOf(sent({ form: 'prefix' }), [], nothingStored, away)).toBe('wrong');
  });

  it('is not expired when the next worker came in time, or when somebody was there all along', () => {
    const back = {
      ...calm,
      stays: [{ from: SENT_AT + 500, to: SENT_AT + 1_600 }],
      answers: [{ at: SENT_AT + 1_550, sentAt: SENT_AT + 100 }],
    };
    expect(outcomeOf(sent(), [], nothingStored, back)).toBe('wrong');
    expect(outcomeOf(sent(), [], nothingStored, calm)).toBe('wrong');
  });

  it('is expired when everybody who came in time was killed before there was time to answer', () => {
    const stays = [
      { from: SENT_AT - 5_000, to: SENT_AT + 400 },
      { from: SENT_AT + 900, to: SENT_AT + 1_500 },
      { from: SENT_AT + 2_100, to: Number.POSITIVE_INFINITY },
    ];
    expect(outcomeOf(sent(), [], nothingStored, { ...calm, stays, answers: [] })).toBe('expired');
  });

  it('is expired when it was told to somebody who hung or was about to end, and nobody else came in time', () => {
    const hung = [
      { from: SENT_AT - 5_000, to: SENT_AT + 1_800 },
      { from: SENT_AT + 3_100, to: Number.POSITIVE_INFINITY },
    ];
    const around = { ...calm, stays: hung, answers: [{ at: SENT_AT + 1_700, sentAt: SENT_AT - 10 }] };
    expect(outcomeOf(sent(), [], nothingStored, around)).toBe('expired');
  });
});

describe('the plan', () => {
  it('is the same for the same chance, and has some of everything', () => {
    const chances = Array.from({ length: 2_000 }, (_, index) => (index * 0.618_034) % 1);
    const all = chances.map((chance, number) => plan(number, () => chance));
    expect(chances.map((chance, number) => plan(number, () => chance))).toEqual(all);
    const kinds = new Set(all.map(({ kind, form }) => `${form} ${kind}`));
    expect([...kinds].sort()).toEqual([
      'plain talk',
      'prefix case',
      'prefix job',
      'prefix ping',
      'prefix reminder',
      'prefix roll',
      'slash case',
      'slash job',
      'slash ping',
      'slash reminder',
      'slash roll',
      'slash serverinfo',
    ]);
  });
});
