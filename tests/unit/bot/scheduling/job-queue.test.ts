import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { JobContext, JobKind } from '../../../../bot/scheduling/job-kind.js';
import { JobQueue } from '../../../../bot/scheduling/job-queue.js';
import { Journal } from '../../../../shared/journal.js';
import { silentLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';

const DAY_MS = 24 * 3_600_000;

let folder: string;
let clock: FakeClock;
const queues: JobQueue[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-queue-'));
  clock = new FakeClock();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(queues.splice(0).map((queue) => queue.dispose()));
  await clock.settle();
  expect(clock.pending, 'no timer is left').toBe(0);
  await rm(folder, { recursive: true });
});

type Run = JobKind<number>['run'];

function newQueue(run: Run = async () => {}, fields: Partial<JobKind<number>> = {}, concurrency = 4): JobQueue {
  const queue = new JobQueue({
    snapshotPath: join(folder, 'queue-cache.json'),
    journalPath: join(folder, 'queue-cache.journal'),
    runId: 'run',
    clock,
    log: silentLogger(),
    random: () => 0.5,
    concurrency,
  });
  queues.push(queue);
  queue.register({ name: 'count', payload: z.number(), idempotent: true, run, ...fields });
  return queue;
}

async function openQueue(...args: Parameters<typeof newQueue>): Promise<JobQueue> {
  const queue = newQueue(...args);
  await queue.open();
  return queue;
}

/** Resolves when nothing waits or runs any more. */
function empty(queue: JobQueue): Promise<void> {
  return vi.waitFor(() => expect(queue.depth).toBe(0), { interval: 1 });
}

function request(payload: unknown = 1, fields: object = {}) {
  return { kind: 'count', payload, ...fields };
}

function iso(offsetMs: number): string {
  return new Date(clock.now() + offsetMs).toISOString();
}

/** A kind whose runs end when the test says so. */
function controlledRuns() {
  const runs: { context: JobContext<number>; finish: () => void; fail: (error: Error) => void }[] = [];
  const run: Run = (context) =>
    new Promise((finish, fail) => {
      runs.push({ context, finish, fail });
    });
  const begun = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count), { interval: 1 });
  return { runs, run, begun };
}

/** A queue whose only job is running. */
async function queueAtWork() {
  const { run, runs, begun } = controlledRuns();
  const queue = await openQueue(run);
  queue.start();
  const job = await queue.enqueue(request());
  await begun(1);
  return { queue, runs, job };
}

it('tells after each attempt how it went', async () => {
  const attempts: string[] = [];
  let failures = 1;
  const queue = new JobQueue({
    snapshotPath: join(folder, 'queue-cache.json'),
    journalPath: join(folder, 'queue-cache.journal'),
    runId: 'run',
    clock,
    log: silentLogger(),
    random: () => 0.5,
    onAttempt: (kind, outcome) => attempts.push(`${kind} ${outcome}`),
  });
  queues.push(queue);
  const run = async () => {
    if (failures-- > 0) throw new Error('not yet');
  };
  queue.register({ name: 'count', payload: z.number(), idempotent: true, run });
  await queue.open();
  await queue.start();
  await queue.enqueue(request());
  await vi.waitFor(() => expect(attempts).toEqual(['count requeued']), { interval: 1 });
  await clock.advance(60_000);
  await empty(queue);
  expect(attempts).toEqual(['count requeued', 'count finished']);
});

describe('JobQueue.enqueue', () => {
  it('resolves when the job is on the disk', async () => {
    const queue = await openQueue();
    const job = await queue.enqueue(request(7, { guildId: 'g', channelId: 'c', userId: 'u' }));
    const journal = await readFile(join(folder, 'queue-cache.journal'), 'utf8');
    expect(JSON.parse(journal)).toMatchObject({
      record: { put: { id: job.id, payload: 7, status: 'queued', guildId: 'g' } },
    });
    expect(queue.depth).toBe(1);
  });

  it.each([
    ['an unknown kind', { kind: 'other', payload: 1 }, 'TUX_JOB_KIND'],
    ['a payload that does not fit', { kind: 'count', payload: 'one' }, 'TUX_JOB_INVALID'],
    ['a payload that is not JSON', { kind: 'count', payload: 1n }, 'TUX_JOB_INVALID'],
    ['a time that is none', { kind: 'count', payload: 1, notBefore: 'soon' }, 'TUX_JOB_INVALID'],
  ])('refuses %s', async (_, bad, code) => {
    const queue = await openQueue();
    await expect(queue.enqueue(bad)).rejects.toMatchObject({ code });
    expect(queue.list()).toEqual([]);
  });

  it('is refused before open and after close', async () => {
    const queue = newQueue();
    await expect(queue.enqueue(request())).rejects.toMatchObject({ code: 'TUX_QUEUE_NOT_OPEN' });
    await queue.open();
    queue.close();
    await expect(queue.enqueue(request())).rejects.toMatchObject({ code: 'TUX_CLOSING' });
  });

  it('has no second effect for a dedupeKey, while its job arrives, lives, or finished within a day', async () => {
    const run = vi.fn(async () => {});
    const queue = await openQueue(run);
    const [first, second] = await Promise.all([
      queue.enqueue(request(1, { dedupeKey: 'event-1' })),
      queue.enqueue(request(2, { dedupeKey: 'event-1' })),
    ]);
    expect(second).toBe(first);
    expect(await queue.enqueue(request(3, { dedupeKey: 'event-1' }))).toEqual(first);
    queue.start();
    await empty(queue);
    expect(await queue.enqueue(request(4, { dedupeKey: 'event-1' }))).toMatchObject({
      id: first.id,
      status: 'finished',
    });
    await clock.advance(DAY_MS);
    expect(await queue.enqueue(request(5, { dedupeKey: 'event-1' }))).toMatchObject({ id: first.id });
    await clock.advance(1);
    expect((await queue.enqueue(request(6, { dedupeKey: 'event-1' }))).id).not.toBe(first.id);
    await empty(queue);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('remembers the dedupeKey of a finished job across a restart', async () => {
    const before = await openQueue();
    before.start();
    const job = await before.enqueue(request(1, { dedupeKey: 'event-1' }));
    await empty(before);
    await before.dispose();
    const after = await openQueue();
    expect(await after.enqueue(request(1, { dedupeKey: 'event-1' }))).toMatchObject({ id: job.id, status: 'finished' });
    expect(after.list()).toEqual([]);
  });

  it('frees the dedupeKey when the disk refused the job', async () => {
    const queue = await openQueue();
    vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(new Error('disk full'));
    await expect(queue.enqueue(request(1, { dedupeKey: 'k' }))).rejects.toThrow('disk full');
    expect(await queue.enqueue(request(1, { dedupeKey: 'k' }))).toMatchObject({ status: 'queued' });
    expect(queue.depth).toBe(1);
  });
});

describe('JobQueue running', () => {
  it('runs nothing before start, then in the order of arrival, at most `concurrency` at a time', async () => {
    const { run, runs, begun } = controlledRuns();
    const queue = await openQueue(run, {}, 2);
    for (let n = 0; n < 4; n += 1) await queue.enqueue(request(n));
    expect(runs).toEqual([]);
    queue.start();
    await begun(2);
    runs[1]?.finish();
    await begun(3);
    runs[0]?.finish();
    await begun(4);
    expect(runs.map(({ context }) => context.payload)).toEqual([0, 1, 2, 3]);
    expect(queue.depth).toBe(2);
    for (const { finish } of runs) finish();
    await empty(queue);
    expect(queue.list()).toEqual([]);
  });

  it('leaves room for others beside a kind with a limit of its own, and goes on with it in order', async () => {
    const { run, runs, begun } = controlledRuns();
    const queue = await openQueue(run, { maxRunning: 1 }, 2);
    const quick: number[] = [];
    const other: JobKind<number> = {
      name: 'other',
      payload: z.number(),
      idempotent: true,
      run: async ({ payload }) => void quick.push(payload),
    };
    queue.register(other);
    for (const n of [1, 2]) await queue.enqueue(request(n));
    for (const payload of [3, 4]) await queue.enqueue({ kind: 'other', payload });
    queue.start();
    await vi.waitFor(() => expect(quick).toEqual([3, 4]));
    expect([queue.running, queue.depth]).toEqual([1, 2]);
    for (const n of [1, 2]) {
      await begun(n);
      runs[n - 1]?.finish();
    }
    await empty(queue);
    expect(runs.map(({ context }) => context.payload)).toEqual([1, 2]);
  });

  it('has `running` and the attempt on disk before the job runs, and gives it a short stable effect key', async () => {
    const { queue, runs, job } = await queueAtWork();
    const lines = (await readFile(join(folder, 'queue-cache.journal'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ record: { put: { status: 'running', attempts: 1 } } });
    expect(runs[0]?.context.effectKey).toBe(job.id.slice(1));
    expect(runs[0]?.context.effectKey).toHaveLength(25);
    runs[0]?.finish();
    await empty(queue);
  });

  it('drops jobs for places that turn out to be out of reach when it starts, delayed or of an unknown kind too', async () => {
    const ran: number[] = [];
    const queue = await openQueue(async ({ payload }) => void ran.push(payload));
    const takeBack = queue.register({ name: 'other', payload: z.number(), idempotent: true, run: async () => {} });
    await queue.enqueue(request(1, { guildId: 'gone' }));
    await queue.enqueue(request(2, { guildId: 'gone', notBefore: iso(DAY_MS) }));
    await queue.enqueue({ kind: 'other', payload: 3, guildId: 'gone' });
    await queue.enqueue(request(4, { guildId: 'here' }));
    takeBack();
    await queue.start((place) => place.guildId !== 'gone');
    await empty(queue);
    expect(ran).toEqual([4]);
    await queue.dispose();
    expect(await newQueue().open(), 'durably').toEqual({ accepted: 0, held: 0, rejected: {} });
  });

  it('waits for notBefore and does not hold up the others', async () => {
    const ran: number[] = [];
    const queue = await openQueue(async ({ payload }) => void ran.push(payload));
    queue.start();
    await queue.enqueue(request(1, { notBefore: iso(30 * DAY_MS) }));
    await queue.enqueue(request(2));
    await vi.waitFor(() => expect(ran).toEqual([2]));
    await clock.advance(30 * DAY_MS - 1);
    expect(ran).toEqual([2]);
    await clock.advance(1);
    await empty(queue);
    expect(ran).toEqual([2, 1]);
  });

  it('drops a job that expired while it waited', async () => {
    const run = vi.fn(async () => {});
    const queue = await openQueue(run);
    await queue.enqueue(request(1, { expiresAt: iso(1_000) }));
    await clock.advance(1_000);
    queue.start();
    await empty(queue);
    expect(run).not.toHaveBeenCalled();
    expect(queue.list()).toEqual([]);
  });

  it('tries again after a growing pause, then keeps the job as failed with its error', async () => {
    const at: number[] = [];
    const run: Run = async () => {
      at.push(clock.monotonic());
      throw new Error(`boom ${'x'.repeat(2_000)}`);
    };
    const queue = await openQueue(run, { maxAttempts: 3 });
    queue.start();
    const first = await queue.enqueue(request(1, { dedupeKey: 'k' }));
    for (const pauseMs of [500, 1_000]) {
      await clock.whenSleeping();
      await clock.advance(pauseMs);
    }
    await empty(queue);
    expect(at).toEqual([0, 500, 1_500]);
    const [failed] = queue.list();
    expect(failed).toMatchObject({ status: 'failed', attempts: 3 });
    expect(failed?.lastError).toMatch(/^boom x{100}/);
    expect(failed?.lastError?.length).toBeLessThanOrEqual(500);
    expect((await queue.enqueue(request(2, { dedupeKey: 'k' }))).id, 'whoever asked may ask again').not.toBe(first.id);
  });

  it('tries a job that is not idempotent only once', async () => {
    const run = vi.fn().mockRejectedValue(new Error('boom'));
    const queue = await openQueue(run, { idempotent: false });
    queue.start();
    await queue.enqueue(request());
    await empty(queue);
    expect(run).toHaveBeenCalledOnce();
    expect(queue.list()).toMatchObject([{ status: 'failed' }]);
  });

  it('records a completion when the disk is back, without running the job again', async () => {
    const { queue, runs } = await queueAtWork();
    const append = vi.spyOn(Journal.prototype, 'append').mockRejectedValue(new Error('disk full'));
    runs[0]?.finish();
    await clock.whenSleeping();
    append.mockRestore();
    await clock.advance(1_000);
    await empty(queue);
    expect(runs).toHaveLength(1);
    expect(queue.list()).toEqual([]);
  });

  it('lets jobs of a kind that is taken back wait until it is registered again', async () => {
    const ran: string[] = [];
    const queue = await openQueue();
    const other = (mark: string): JobKind<number> => ({
      name: 'other',
      payload: z.number(),
      idempotent: true,
      run: async ({ payload }) => void ran.push(`${mark}${payload}`),
    });
    const takeBack = queue.register(other('old'));
    expect(() => queue.register(other('twin'))).toThrow("'other' is already registered");
    await queue.enqueue({ kind: 'other', payload: 1 });
    await queue.enqueue({ kind: 'other', payload: 2 });
    takeBack();
    queue.start();
    await queue.enqueue(request());
    await vi.waitFor(() => expect(queue.depth).toBe(2));
    queue.register(other('new'));
    await empty(queue);
    expect(ran).toEqual(['new1', 'new2']);
  });
});

describe('JobQueue.drain', () => {
  it('waits for running jobs and starts no others', async () => {
    const { run, runs, begun } = controlledRuns();
    const queue = await openQueue(run, {}, 1);
    queue.start();
    await queue.enqueue(request(1));
    await queue.enqueue(request(2));
    await begun(1);
    const draining = queue.drain(new AbortController().signal);
    runs[0]?.finish();
    expect(await draining).toEqual({ finished: 1, released: 0, abandoned: [] });
    expect(runs).toHaveLength(1);
    expect(queue.list()).toMatchObject([{ status: 'queued', payload: 2 }]);
  });

  it('puts back what honours its signal, the attempt not counted, and names what does not', async () => {
    const run: Run = ({ payload, signal }) =>
      new Promise((_, reject) => {
        if (payload === 1) signal.addEventListener('abort', () => reject(signal.reason));
      });
    const queue = await openQueue(run);
    queue.start();
    const good = await queue.enqueue(request(1));
    const deaf = await queue.enqueue(request(2));
    await vi.waitFor(() => expect(queue.list()).toMatchObject([{ status: 'running' }, { status: 'running' }]));
    const time = new AbortController();
    const draining = queue.drain(time.signal);
    time.abort();
    await vi.waitFor(() => expect(queue.list()).toMatchObject([{ status: 'queued' }, { status: 'running' }]));
    await clock.whenSleeping();
    await clock.advance(1_000);
    expect(await draining).toEqual({ finished: 0, released: 1, abandoned: [`count ${deaf.id}`] });
    expect(queue.list()).toMatchObject([
      { id: good.id, attempts: 0 },
      { id: deaf.id, attempts: 1 },
    ]);
    await queue.persist();
    await queue.dispose();

    const ran: unknown[] = [];
    const next = newQueue(async ({ job }) => void ran.push([job.id, job.attempts]));
    expect(await next.open()).toEqual({ accepted: 2, held: 0, rejected: {} });
    next.start();
    await empty(next);
    expect(ran).toEqual([
      [good.id, 1],
      [deaf.id, 2],
    ]);
  });

  it('counts a job that finishes although its signal aborted as finished', async () => {
    const { queue, runs } = await queueAtWork();
    runs[0]?.context.signal.addEventListener('abort', () => runs[0]?.finish());
    expect(await queue.drain(AbortSignal.abort())).toEqual({ finished: 1, released: 0, abandoned: [] });
    expect(queue.list()).toEqual([]);
  });

  it('does not wait for a disk that refuses', async () => {
    const { queue, runs, job } = await queueAtWork();
    vi.spyOn(Journal.prototype, 'append').mockRejectedValue(new Error('disk full'));
    runs[0]?.finish();
    await clock.whenSleeping();
    expect(await queue.drain(AbortSignal.abort())).toEqual({
      finished: 0,
      released: 0,
      abandoned: [`count ${job.id}`],
    });
  });
});

describe('JobQueue.open', () => {
  /** Leaves jobs behind as a process does that is killed. */
  async function killedWith(run: Run, fields: Partial<JobKind<number>>, payloads: number[]): Promise<void> {
    const queue = await openQueue(run, fields);
    queue.start();
    for (const payload of payloads) await queue.enqueue(request(payload));
    await vi.waitFor(() => expect(queue.list().every(({ status }) => status === 'running')).toBe(true));
    await queue.dispose();
  }

  const never: Run = () => new Promise(() => {});

  it('runs an idempotent job again under the same effect key', async () => {
    const keys: string[] = [];
    const hang: Run = ({ effectKey }) => new Promise(() => keys.push(effectKey));
    await killedWith(hang, {}, [1]);
    const queue = newQueue(async ({ effectKey }) => void keys.push(effectKey));
    expect(await queue.open()).toMatchObject({ accepted: 1 });
    queue.start();
    await empty(queue);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it('reports a job that is not idempotent as interrupted, and keeps its dedupeKey taken', async () => {
    const run = vi.fn(never);
    await killedWith(run, { idempotent: false }, [1]);
    const queue = newQueue(run, { idempotent: false });
    expect(await queue.open()).toEqual({ accepted: 0, held: 1, rejected: { interrupted: 1 } });
    queue.start();
    await clock.settle();
    expect(run).toHaveBeenCalledOnce();
    expect(queue.interrupted()).toMatchObject([{ payload: 1, status: 'interrupted' }]);
    expect(queue.depth).toBe(0);
  });

  it('gives up on a job that kills the process every time', async () => {
    for (let life = 1; life <= 2; life += 1) {
      const queue = await openQueue(never, { maxAttempts: 2 });
      queue.start();
      if (life === 1) await queue.enqueue(request());
      await vi.waitFor(() => expect(queue.list()).toMatchObject([{ status: 'running', attempts: life }]));
      await queue.dispose();
    }
    expect(await newQueue().open()).toEqual({ accepted: 0, held: 1, rejected: { 'out-of-attempts': 1 } });
  });

  it('makes its decisions durable before a job runs', async () => {
    await killedWith(never, {}, [1, 2]);
    await openQueue();
    const { data } = JSON.parse(await readFile(join(folder, 'queue-cache.json'), 'utf8'));
    expect(data.records).toMatchObject([
      { status: 'queued', attempts: 1 },
      { status: 'queued', attempts: 1 },
    ]);
    expect(await readFile(join(folder, 'queue-cache.journal'), 'utf8')).toBe('');
  });

  it('counts what it rejects by reason, asking who is reachable', async () => {
    const before = await openQueue();
    await before.enqueue(request(1, { expiresAt: iso(1_000) }));
    await before.enqueue(request(2, { guildId: 'gone' }));
    await before.enqueue(request(3));
    await before.dispose();
    await clock.advance(2_000);
    const queue = newQueue();
    const report = await queue.open((place) => place.guildId !== 'gone');
    expect(report).toEqual({ accepted: 1, held: 0, rejected: { expired: 1, unreachable: 1 } });
    expect(queue.list()).toMatchObject([{ payload: 3 }]);
  });
});
