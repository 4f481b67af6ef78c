import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { once } from '../../../chaos/invariants/once.js';
import type { Judged } from '../../../support/traffic-report.js';
import { AT, calm, command, planOf, when } from '../observations.js';

const lenient = planOf({ kind: 'disk', how: 'full', leaves: 0, ...when });
const strict = planOf({ kind: 'process', signal: 'SIGKILL', targets: ['worker'], ...when });
const problemsOf = (judged: Judged, plan = lenient, waitingReminders = new Set<number>()) =>
  once(calm({ plan, commands: [judged], waitingReminders }));

describe('each promise is kept once', () => {
  it.each(['job', 'reminder', 'case', 'ping'] as const)('holds for a %s that was answered and took effect', (kind) => {
    expect(problemsOf(command(kind))).toEqual([]);
    expect(problemsOf(command(kind), strict)).toEqual([]);
  });

  it.each([
    ['job', 'job done', /job was acknowledged and never done/],
    ['reminder', 'reminder', /reminder was acknowledged and never came/],
  ] as const)('does not hold for a %s that was acknowledged only', (kind, effect, expected) => {
    expect(problemsOf(command(kind, { without: [effect] }))).toEqual([expect.stringMatching(expected)]);
  });

  it('does not hold for a case that was acknowledged and is in no database', () => {
    expect(problemsOf(command('case', { cases: 0 }))).toEqual([expect.stringContaining('not in the database')]);
  });

  it('holds for a reminder that waits for a time that has not come', () => {
    expect(problemsOf(command('reminder', { without: ['reminder'] }), lenient, new Set([1]))).toEqual([]);
  });

  describe('and a job that was queued under a clock 5 h ahead', () => {
    const HOUR_MS = 3_600_000;
    const ahead = clockOf(5 * HOUR_MS);
    const id = ulid(AT + 5 * HOUR_MS);
    const early = ulid(AT);
    const rejected = new Set([id]);

    function clockOf(offsetMs: number, role: 'worker' | 'supervisor' = 'worker') {
      return planOf({ kind: 'clock', offsetMs, roles: [role], ...when });
    }
    const problems = (plan = ahead, jobId = id, disbelievedJobs = rejected) => {
      const judged = command('job', { without: ['job done'] });
      const seen = judged.seen.map((one) => ({ ...one, text: `📥 Job \`${jobId}\` is queued` }));
      return once(calm({ plan, commands: [{ ...judged, seen }], disbelievedJobs }));
    };

    it('may be rejected once the clock is right', () => {
      expect(problems()).toEqual([]);
    });

    it.each([
      ['whose rejection nobody logged', ahead, id, new Set<string>()],
      ['in a round in which the clock of workers was right', clockOf(5 * HOUR_MS, 'supervisor'), id, rejected],
      ['in a round in which the clock was no more than 5 minutes ahead', clockOf(300_000), id, rejected],
      ['in a round in which the clock was set back', clockOf(-5 * HOUR_MS), id, rejected],
      ['that was made when the clock was right', ahead, early, new Set([early])],
    ])('breaks the promise %s', (_, plan, jobId, disbelieved) => {
      expect(problems(plan, jobId, disbelieved)).toHaveLength(1);
    });
  });

  it.each([
    ['job', 'job done'],
    ['reminder', 'reminder'],
    ['case', 'notice'],
    ['case', 'log entry'],
    ['ping', 'answer'],
    ['ping', 'job done'],
  ] as const)('does not hold for a %s with one %s too many, also when that comes in a later round', (kind, effect) => {
    const twice = command(kind, { extra: [effect] });
    expect(problemsOf(twice)).toHaveLength(1);
    expect(once(calm({ plan: lenient, earlierCommands: [twice] }))).toHaveLength(1);
  });

  it('does not hold for a case that is in the database twice', () => {
    expect(problemsOf(command('case', { cases: 2 }))).toHaveLength(1);
  });

  it('lets an interaction go unanswered that had to wait for Tux, but no message, and none that was answered wrongly', () => {
    const outage = { from: AT - 1_000, to: AT + 1_000 };
    const lost = command('ping', { without: ['answer'], outcome: 'wrong' });
    const slash = { ...lost, sent: { ...lost.sent, form: 'slash' as const } };
    const problems = (judged: Judged) => once(calm({ plan: strict, outage, commands: [judged] }));
    expect(problems(slash)).toEqual([]);
    expect(problems(lost)).toHaveLength(1);
    expect(problems({ ...slash, seen: command('ping').seen })).toHaveLength(1);
    expect(problems({ ...slash, sent: { ...slash.sent, sentAt: AT + 2_000 } })).toHaveLength(1);
  });

  it('lets a command go unanswered where Tux may refuse, but not where people may notice nothing', () => {
    const unanswered = command('ping', { without: ['answer'], outcome: 'wrong' });
    expect(problemsOf(unanswered, lenient)).toEqual([]);
    expect(problemsOf(unanswered, strict)).toEqual([expect.stringContaining('something')]);
    expect(problemsOf({ ...unanswered, outcome: 'undeliverable' }, strict)).toEqual([]);
  });
});
