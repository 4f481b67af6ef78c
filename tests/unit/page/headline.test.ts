import { describe, expect, it } from 'vitest';
import { headlineOf } from '../../../page/headline.js';
import type { Status } from '../../../shared/control/status.js';
import { fakeStatus, fakeWorker } from '../../support/fake-status.js';

const now = Date.parse('2026-01-01T22:00:00.000Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const of = (more: Partial<Status>) => headlineOf(fakeStatus(more), now);
const service = (name: string, stage: 'initializing' | 'failed' | 'running') => ({
  name,
  stage,
  critical: true,
  startedMs: 0,
  durationMs: null,
  error: null,
});

describe('headlineOf', () => {
  it('is calm when all is well', () => {
    expect(of({})).toEqual({ tone: 'good', title: 'RUNNING, ready', detail: 'Tux serves 1 server.', short: 'running' });
  });

  it('is bad when Tux runs but does not serve', () => {
    expect(of({ ready: false })).toMatchObject({ tone: 'bad', title: 'RUNNING, not ready', short: 'not ready' });
  });

  it('names what is missing when Tux is degraded', () => {
    const worker = fakeWorker({
      degraded: true,
      services: [service('database', 'running'), service('prefix', 'failed')],
    });
    expect(of({ worker })).toMatchObject({ tone: 'warn', detail: 'Tux serves, but without prefix.' });
    expect(of({ worker: fakeWorker({ degraded: true }) }).detail).toBe('Something optional does not work.');
  });

  it('names what a start waits for', () => {
    const worker = fakeWorker({ services: [service('database', 'running'), service('gateway', 'initializing')] });
    expect(of({ state: 'STARTING', ready: false, worker })).toMatchObject({
      tone: 'busy',
      detail: 'Waiting for gateway.',
    });
    expect(of({ state: 'STARTING', worker: null }).detail).toContain('about to be started');
  });

  it('counts down to the next start', () => {
    const backoff = { until: at(14_000), reason: 'exit code 1' };
    expect(of({ state: 'BACKOFF', worker: null, backoff })).toMatchObject({
      tone: 'warn',
      title: 'BACKOFF, next start in 14 s',
      detail: 'After: exit code 1',
    });
  });

  it('says of a hold how long and why, as a sentence', () => {
    const hold = { until: at(240_000), reason: '5 crashes within 60 s' };
    expect(of({ state: 'HELD', worker: null, hold })).toMatchObject({
      tone: 'bad',
      title: 'HELD for 4 min',
      detail: '5 crashes within 60 s.',
    });
  });

  it.each(['STOPPING', 'RESTARTING'] as const)('%s is neither good nor bad', (state) => {
    expect(of({ state, ready: false })).toMatchObject({ tone: 'busy', title: state });
  });
});
