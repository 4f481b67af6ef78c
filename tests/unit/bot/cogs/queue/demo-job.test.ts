import { beforeEach, describe, expect, it } from 'vitest';
import { demoJob, enqueueDemo } from '../../../../../bot/cogs/queue/demo-job.js';
import type { BotServices } from '../../../../../bot/framework/bot-services.js';
import type { CommandContext } from '../../../../../bot/framework/command-context.js';
import type { Job } from '../../../../../bot/scheduling/job.js';
import { maxAttemptsOf } from '../../../../../bot/scheduling/job-kind.js';
import type { JobRequest } from '../../../../../bot/scheduling/job-request.js';

let jobs: Job[];
beforeEach(() => {
  jobs = [];
});

const find = (key: string) => jobs.find(({ dedupeKey }) => dedupeKey === key);

/** Somebody adds a job by an event. */
function add(userId: string, event = `event-${jobs.length}`): Promise<string> {
  const enqueue = async (request: JobRequest) => {
    const earlier = find(request.dedupeKey ?? '');
    const job = earlier ?? ({ ...request, id: String(jobs.length), status: 'queued' } as Job);
    if (!earlier) jobs.push(job);
    return job;
  };
  const services = {
    jobs: { enqueue, findByDedupeKey: find, list: () => jobs },
    permissions: { isOwner: (id: string) => id === 'owner' },
  };
  const ctx = { user: { id: userId }, guild: null, channelId: 'here', effectKey: () => event, services };
  return enqueueDemo(ctx as unknown as CommandContext, 3_600, 'hello');
}

async function fill(count: number, userOf: (n: number) => string): Promise<void> {
  for (let n = 0; n < count; n += 1) await add(userOf(n));
}

describe('demonstration jobs', () => {
  it('are no more than 25 of one person at a time, which keeps nobody else from adding theirs', async () => {
    await fill(25, () => 'alice');
    await expect(add('alice')).rejects.toMatchObject({
      code: 'TUX_QUEUE_FULL',
      message: expect.stringContaining('25'),
    });
    await add('bob');
    expect(jobs).toHaveLength(26);
  });

  it('make room when they are done, or have failed', async () => {
    await fill(25, () => 'alice');
    jobs = jobs.map((job, n) => (n === 0 ? { ...job, status: 'failed' } : job));
    await add('alice');
    await expect(add('alice')).rejects.toMatchObject({ code: 'TUX_QUEUE_FULL' });
  });

  it('are no more than 500 of all together, other work aside', async () => {
    jobs.push(
      ...Array.from({ length: 100 }, (_, n) => ({ id: `poll ${n}`, kind: 'poll.end', status: 'queued' }) as Job),
    );
    await fill(500, (n) => `member ${n}`);
    await expect(add('one more')).rejects.toMatchObject({ code: 'TUX_QUEUE_FULL' });
  });

  it('are not given up when worker after worker is killed while they run, or Discord is out for an hour', () => {
    expect(maxAttemptsOf(demoJob({} as BotServices))).toBeGreaterThan(60);
  });

  it('of an event that is handled again are the same, however many there are meanwhile', async () => {
    const id = await add('alice', 'first');
    await fill(24, () => 'alice');
    expect(await add('alice', 'first')).toBe(id);
  });

  it('of an owner have no limit', async () => {
    await fill(600, () => 'owner');
    expect(jobs).toHaveLength(600);
  });
});
