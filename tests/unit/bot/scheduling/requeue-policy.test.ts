import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../../../bot/scheduling/job.js';
import { planRequeue, type RejectionReason, type RequeueInput } from '../../../../bot/scheduling/requeue-policy.js';

const NOW = Date.UTC(2026, 0, 2);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function iso(offsetMs: number): string {
  return new Date(NOW + offsetMs).toISOString();
}

function job(fields: Partial<Job> = {}): Job {
  return {
    id: ulid(NOW),
    kind: 'note',
    payload: { text: 'x' },
    status: 'queued',
    attempts: 0,
    maxAttempts: 3,
    createdAt: iso(-HOUR_MS),
    updatedAt: iso(-HOUR_MS),
    idempotent: true,
    ...fields,
  };
}

function plan(jobs: readonly Job[], input: Partial<RequeueInput> = {}) {
  return planRequeue({
    jobs,
    now: NOW,
    kinds: new Map([['note', { payload: z.object({ text: z.string() }) }]]),
    finishedKeys: new Set(),
    isReachable: (place) => place.guildId !== 'gone' && place.channelId !== 'gone',
    ...input,
  });
}

const running = { status: 'running', attempts: 1, startedAt: iso(-HOUR_MS) } as const;

describe('planRequeue', () => {
  it.each<[string, Partial<Job>, RejectionReason | 'accepted']>([
    ['a queued job', {}, 'accepted'],
    ['a job created 5 min ahead', { createdAt: iso(5 * MINUTE_MS), updatedAt: iso(5 * MINUTE_MS) }, 'accepted'],
    ['one further ahead', { createdAt: iso(5 * MINUTE_MS + 1), updatedAt: iso(5 * MINUTE_MS + 1) }, 'from-future'],
    ['a job of 24 h', { createdAt: iso(-24 * HOUR_MS) }, 'accepted'],
    ['an older one', { createdAt: iso(-24 * HOUR_MS - 1) }, 'too-old'],
    ['an old one that was not to run before', { createdAt: iso(-90 * HOUR_MS), notBefore: iso(HOUR_MS) }, 'accepted'],
    ['one that should have run long ago', { createdAt: iso(-90 * HOUR_MS), notBefore: iso(-25 * HOUR_MS) }, 'too-old'],
    ['a job that expires later', { expiresAt: iso(1) }, 'accepted'],
    ['a job that expires now', { expiresAt: iso(0) }, 'expired'],
    ['a job updated before it was created', { updatedAt: iso(-HOUR_MS - 1) }, 'invalid'],
    ['a payload that does not fit', { payload: { text: 1 } }, 'invalid'],
    ['a payload of an unknown kind', { kind: 'unknown', payload: 1 }, 'accepted'],
    ['an old job of an unknown kind', { kind: 'unknown', createdAt: iso(-24 * HOUR_MS - 1) }, 'too-old'],
    ['a guild the bot has left', { guildId: 'gone' }, 'unreachable'],
    ['a channel that was deleted', { channelId: 'gone' }, 'unreachable'],
    ['a running idempotent job', running, 'accepted'],
    ['one without attempts left', { ...running, attempts: 3 }, 'out-of-attempts'],
    ['a running job that is not idempotent', { ...running, idempotent: false }, 'interrupted'],
  ])('decides on %s', (_, fields, expected) => {
    const { accepted, rejected } = plan([job(fields)]);
    expect(rejected[0]?.why ?? 'accepted').toBe(expected);
    expect(accepted).toHaveLength(expected === 'accepted' ? 1 : 0);
  });

  it('puts a running job back as queued and keeps its attempts counted', () => {
    const { accepted } = plan([job(running)]);
    expect(accepted).toMatchObject([{ status: 'queued', attempts: 1, updatedAt: iso(0) }]);
    expect(accepted[0]).not.toHaveProperty('startedAt');
  });

  it.each([
    ['not idempotent', { idempotent: false }],
    ['out of attempts', { attempts: 3 }],
  ])('keeps a running job that is %s as interrupted', (_, fields) => {
    const { held } = plan([job({ ...running, ...fields })]);
    expect(held).toMatchObject([{ status: 'interrupted', updatedAt: iso(0) }]);
  });

  it.each(['failed', 'interrupted'] as const)('keeps a %s job to be looked at, wherever it was to go', (status) => {
    const kept = job({ status, guildId: 'gone', expiresAt: iso(-1), payload: null });
    expect(plan([kept])).toEqual({ accepted: [], held: [kept], rejected: [] });
    expect(plan([{ ...kept, createdAt: iso(-25 * HOUR_MS) }]).rejected).toMatchObject([{ why: 'too-old' }]);
  });

  it.each(['id', 'dedupeKey'] as const)('lets the newest of two with the same %s win', (field) => {
    const shared = ulid(NOW);
    const older = job({ [field]: shared, updatedAt: iso(-2) });
    const newer = job({ [field]: shared, updatedAt: iso(-1) });
    for (const jobs of [
      [older, newer],
      [newer, older],
    ]) {
      expect(plan(jobs)).toMatchObject({ accepted: [newer], rejected: [{ job: older, why: 'duplicate' }] });
    }
  });

  it('lets the first of two equally new ones win', () => {
    const first = job({ dedupeKey: 'k' });
    const second = job({ dedupeKey: 'k' });
    expect(plan([first, second])).toMatchObject({ accepted: [first], rejected: [{ job: second }] });
  });

  it('does not let a job that is rejected itself win', () => {
    const good = job({ dedupeKey: 'k', updatedAt: iso(-2) });
    const expired = job({ dedupeKey: 'k', updatedAt: iso(-1), expiresAt: iso(-1) });
    expect(plan([good, expired]).accepted).toEqual([good]);
  });

  it('frees the key of a failed job', () => {
    const failed = job({ dedupeKey: 'k', status: 'failed', updatedAt: iso(-1) });
    const again = job({ dedupeKey: 'k', updatedAt: iso(-2) });
    expect(plan([failed, again])).toMatchObject({ accepted: [again], held: [failed], rejected: [] });
  });

  it('rejects a job whose effect was achieved by one that finished', () => {
    const late = job({ dedupeKey: 'done' });
    expect(plan([late], { finishedKeys: new Set(['done']) })).toMatchObject({ rejected: [{ why: 'duplicate' }] });
  });

  it('honours the maximum age of the kind', () => {
    const kinds = new Map([['note', { payload: z.unknown(), maxAgeMs: MINUTE_MS }]]);
    expect(plan([job()], { kinds }).rejected).toMatchObject([{ why: 'too-old' }]);
  });

  it('keeps the order and notBefore', () => {
    const jobs = [job({ notBefore: iso(9) }), job(running), job(), job({ notBefore: iso(5) })];
    const { accepted } = plan(jobs);
    expect(accepted.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(accepted.map(({ notBefore }) => notBefore)).toEqual([iso(9), undefined, undefined, iso(5)]);
  });
});
