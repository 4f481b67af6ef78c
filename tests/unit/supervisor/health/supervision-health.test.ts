import { describe, expect, it } from 'vitest';
import { type SupervisionFacts, supervisionProblems } from '../../../../supervisor/health/supervision-health.js';

const limits = { hangLimitMs: 15_000, stopTimeoutMs: 25_000 };
const problemsOf = (worker: SupervisionFacts['worker']) => supervisionProblems({ ...limits, worker });

describe('supervision is well', () => {
  it.each<[string, SupervisionFacts['worker']]>([
    ['between two runs', null],
    ['before the first heartbeat', { silentMs: null, stoppingMs: null }],
    ['while heartbeats come', { silentMs: 5_000, stoppingMs: null }],
    ['when a hang has just been noticed', { silentMs: 16_000, stoppingMs: null }],
    ['while a worker that hung is being ended', { silentMs: 300_000, stoppingMs: 20_000 }],
    ['during the escalation of a stop', { silentMs: 1_000, stoppingMs: 28_000 }],
  ])('%s', (_, worker) => {
    expect(problemsOf(worker)).toEqual([]);
  });
});

describe('supervision is not well', () => {
  it('when a hang stays without consequences', () => {
    expect(problemsOf({ silentMs: 31_000, stoppingMs: null })).toEqual([
      'the worker hangs, and nothing was done about it for 31 s',
    ]);
  });

  it('when a worker does not end, whatever was done', () => {
    expect(problemsOf({ silentMs: 1_000, stoppingMs: 41_000 })).toEqual([
      'the worker should have ended and has not, for 41 s',
    ]);
  });
});
