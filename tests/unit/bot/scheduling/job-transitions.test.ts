import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../bot/scheduling/job.js';
import { afterFailure, interrupted, released, requeued, started } from '../../../../bot/scheduling/job-transitions.js';

const CREATED = Date.UTC(2026, 0, 1);
const iso = (offsetMs: number) => new Date(CREATED + offsetMs).toISOString();

const job: Job = {
  id: '01KDV9W1000000000000000000',
  kind: 'note',
  payload: null,
  status: 'queued',
  attempts: 0,
  maxAttempts: 2,
  createdAt: iso(0),
  updatedAt: iso(0),
  idempotent: true,
};

describe('job transitions', () => {
  it('count an attempt from its beginning and take it back when a shutdown cut it short', () => {
    const running = started(job, CREATED + 1);
    expect(running).toEqual({ ...job, status: 'running', attempts: 1, startedAt: iso(1), updatedAt: iso(1) });
    expect(released(running, CREATED + 2)).toEqual({ ...job, updatedAt: iso(2) });
    expect(requeued(running, CREATED + 2)).toEqual({ ...job, attempts: 1, updatedAt: iso(2) });
  });

  it('put a failed attempt off, and the last one for good', () => {
    const first = started(job, CREATED);
    expect(afterFailure(first, 'boom', 500, CREATED)).toMatchObject({
      status: 'queued',
      attempts: 1,
      notBefore: iso(500),
    });
    const last = started(first, CREATED);
    expect(afterFailure(last, 'boom', 500, CREATED)).toMatchObject({
      status: 'failed',
      attempts: 2,
      lastError: 'boom',
    });
  });

  it.each([started, released, requeued, interrupted])(
    'never date a change before the creation when the clock was set back (%o)',
    (transition) => {
      expect(transition(job, CREATED - 60_000).updatedAt).toBe(job.createdAt);
    },
  );
});
