import { describe, expect, it } from 'vitest';
import { ReadyWaiters } from '../../../../supervisor/restart/ready-waiters.js';

const run = { runId: 'run-1', pid: 4711 };

describe('ReadyWaiters', () => {
  it('tells all who wait about the next run that is ready', async () => {
    const waiters = new ReadyWaiters();
    const both = [waiters.next(), waiters.next()];
    waiters.resolve(run);
    expect(await Promise.all(both)).toEqual([run, run]);
  });

  it('tells all who wait why there will be none', async () => {
    const waiters = new ReadyWaiters();
    const both = [waiters.next(), waiters.next()];
    const outcomes = Promise.allSettled(both);
    waiters.reject(new Error('held'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('lets nobody wait for the past', async () => {
    const waiters = new ReadyWaiters();
    waiters.resolve(run);
    waiters.reject(new Error('nobody hears this')); // vitest fails the run on an unhandled rejection
    const next = waiters.next();
    waiters.resolve({ ...run, runId: 'run-2' });
    expect((await next).runId).toBe('run-2');
  });
});
