import { describe, expect, it } from 'vitest';
import { describeJobs } from '../../../../../bot/cogs/queue/queue-list.js';
import type { Job } from '../../../../../bot/scheduling/job.js';

function job(id: string, fields: Partial<Job> = {}): Job {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id,
    kind: 'demo',
    channelId: 'here',
    payload: { seconds: 0, text: `says ${id}`, channelId: 'here' },
    status: 'queued',
    attempts: 0,
    maxAttempts: 5,
    createdAt: at,
    updatedAt: at,
    idempotent: true,
    ...fields,
  };
}

describe('the list of jobs', () => {
  it('shows what a job says only in the channel in which it was asked for', () => {
    const jobs = [job('1'), job('2', { channelId: 'elsewhere' }), job('3', { kind: 'poll.end', payload: {} })];
    expect(describeJobs(jobs, 'here')).toBe('`1` queued: says 1\n`2` queued: demo\n`3` queued: poll.end');
    expect(describeJobs([], 'here')).toBe('The queue is empty.');
  });

  it('ends with how many more there are', () => {
    const lines = describeJobs(
      Array.from({ length: 23 }, (_, n) => job(String(n))),
      'here',
    ).split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([21, '… and 3 more']);
  });
});
