import { monotonicFactory } from 'ulid';
import type { Clock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { Alarm } from './alarm.js';
import type { FinishedJob, Job } from './job.js';
import type { JobKind } from './job-kind.js';
import { createJob, type JobRequest } from './job-request.js';
import { JobRunner, type RunResult } from './job-runner.js';
import { JobSchedule, type WaitingJob } from './job-schedule.js';
import { JobStore } from './job-store.js';
import { planRequeue, type Reachability, type RejectionReason } from './requeue-policy.js';
import { settledBefore, settledWithin } from './settle.js';

/** How long a job has to end after its signal aborted. */
const RELEASE_GRACE_MS = 1_000;

export interface JobQueueOptions {
  /** `queue-cache.json` and `queue-cache.journal`. */
  readonly snapshotPath: string;
  readonly journalPath: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Jobs that run at the same time. */
  readonly concurrency?: number;
  readonly random?: () => number;
  /** After each attempt at a job; for metrics. */
  readonly onAttempt?: (kind: string, outcome: RunResult['type']) => void;
}

/** What became of the jobs of the last run. */
export interface RehydrationReport {
  readonly accepted: number;
  /** Failed and interrupted jobs that are kept to be looked at. */
  readonly held: number;
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** What became of the jobs that ran when the drain began. */
export interface DrainReport {
  /** Ended by themselves, done or failed. */
  readonly finished: number;
  /** Are back in the queue. */
  readonly released: number;
  /** `kind id` of those that ignored their signal; on disk they are still `running`. */
  readonly abandoned: readonly string[];
}

interface Run {
  readonly job: Job;
  readonly controller: AbortController;
  readonly done: Promise<RunResult>;
}

/**
 * Durable work, first come, first served: an acknowledged job survives `kill -9` and takes effect once, provided that its
 * kind carries the effect key. Order of use: `register` kinds → `open` → `start` (after login) → `close` → `drain` →
 * `persist` → `dispose`. `enqueue` works from `open` to `close`.
 */
export class JobQueue {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #concurrency: number;
  readonly #store: JobStore;
  readonly #runner: JobRunner;
  readonly #schedule = new JobSchedule();
  readonly #kinds = new Map<string, JobKind<unknown>>();
  readonly #onAttempt: NonNullable<JobQueueOptions['onAttempt']>;
  readonly #running = new Map<string, Run>();
  /** Jobs on their way to the disk, so that a second request with the same key meets the first. */
  readonly #arriving = new Map<string, Promise<Job>>();
  readonly #alarm: Alarm;
  readonly #giveUp = new AbortController();
  readonly #nextId = monotonicFactory();
  #nextSequence = 0;
  #isOpen = false;
  #isStarted = false;
  #isClosing = false;

  constructor(options: JobQueueOptions) {
    const { clock, log, concurrency = 4, random = Math.random, onAttempt = () => {} } = options;
    this.#clock = clock;
    this.#log = log;
    this.#concurrency = concurrency;
    this.#onAttempt = onAttempt;
    this.#store = new JobStore(options);
    this.#runner = new JobRunner({ store: this.#store, clock, log, random, giveUp: this.#giveUp.signal });
    this.#alarm = new Alarm(clock, () => this.#pump());
  }

  /** Jobs that wait or run. */
  get depth(): number {
    return this.#schedule.size + this.running;
  }

  /** Jobs that run. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Makes a kind of job known; those that waited for it become ready.
   *
   * @returns takes it back: its jobs wait until it is registered again, a running one goes on.
   * @throws TuxError TUX_JOB_KIND when the name is taken.
   */
  register<P>(kind: JobKind<P>): () => void {
    if (this.#kinds.has(kind.name))
      throw new TuxError('TUX_JOB_KIND', `The job kind '${kind.name}' is already registered`);
    this.#kinds.set(kind.name, kind);
    this.#pump();
    return () => this.#kinds.delete(kind.name);
  }

  /**
   * Loads the jobs of the last run, decides what becomes of each, and makes that durable.
   *
   * @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74).
   */
  async open(isReachable: Reachability = () => true): Promise<RehydrationReport> {
    const now = this.#clock.now();
    const { jobs, finished } = await this.#store.load();
    const finishedKeys = new Set(finished.map((job) => job.dedupeKey));
    const plan = planRequeue({ jobs, now, kinds: this.#kinds, finishedKeys, isReachable });
    await this.#store.replaceAll({ jobs: [...plan.held, ...plan.accepted], finished });
    const rejected: Partial<Record<RejectionReason, number>> = {};
    for (const { job, why } of plan.rejected) {
      rejected[why] = (rejected[why] ?? 0) + 1;
      this.#logRejection(job, why);
    }
    for (const job of plan.accepted) this.#schedule.add({ job, sequence: this.#nextSequence++ }, now);
    const report: RehydrationReport = { accepted: plan.accepted.length, held: plan.held.length, rejected };
    this.#log.info(
      { event: 'queue:opened', ...report },
      `✅ job queue opened, ${report.accepted} ${report.accepted === 1 ? 'job waits' : 'jobs wait'}`,
    );
    this.#isOpen = true;
    return report;
  }

  /**
   * From now on jobs run. Call it when their effects can take place: after login, when it is known where the bot still is.
   * Jobs for elsewhere leave the queue first, durably.
   *
   * @throws TuxError TUX_STATE_WRITE.
   */
  async start(isReachable: Reachability = () => true): Promise<void> {
    const unreachable = this.#schedule.remove((job) => !isReachable(job));
    for (const job of unreachable) this.#logRejection(job, 'unreachable');
    await Promise.all(unreachable.map((job) => this.#store.remove(job)));
    this.#isStarted = true;
    this.#pump();
  }

  /**
   * Accepts a job.
   *
   * @returns once it is durable; the earlier job when one with the same dedupeKey lives, was interrupted, or finished
   * within the last day.
   * @throws TuxError TUX_CLOSING, TUX_QUEUE_NOT_OPEN, TUX_JOB_KIND for an unknown kind, TUX_JOB_INVALID for a payload or a
   * time that does not fit, TUX_STATE_WRITE when the disk refuses.
   */
  async enqueue(request: JobRequest): Promise<Job | FinishedJob> {
    if (this.#isClosing) throw new TuxError('TUX_CLOSING', 'Tux is shutting down and takes no new jobs');
    if (!this.#isOpen) throw new TuxError('TUX_QUEUE_NOT_OPEN', 'The job queue has not been opened yet');
    const { dedupeKey } = request;
    if (dedupeKey === undefined) return this.#accept(this.#newJob(request));
    const earlier = this.#arriving.get(dedupeKey) ?? this.#store.findByDedupeKey(dedupeKey);
    if (earlier !== undefined) return earlier;
    const arriving = this.#accept(this.#newJob(request));
    this.#arriving.set(dedupeKey, arriving);
    return arriving.finally(() => this.#arriving.delete(dedupeKey));
  }

  /** What {@link enqueue} returns for a request with this key instead of a new job. */
  findByDedupeKey(key: string): Job | FinishedJob | undefined {
    return this.#store.findByDedupeKey(key);
  }

  /** In queue order, failed and interrupted jobs included. */
  list(): Job[] {
    return this.#store.list();
  }

  /** Jobs that were running when the process died and may have had their effect: for a human to look at. */
  interrupted(): Job[] {
    return this.list().filter((job) => job.status === 'interrupted');
  }

  /** `enqueue` rejects and no job starts any more. */
  close(): void {
    this.#isClosing = true;
    this.#alarm.set(undefined);
  }

  /**
   * Gives running jobs until `signal` aborts. Then their own signals abort: those that end are put back into the queue, the
   * attempt not counted; those that do not within a second are left behind and named.
   */
  async drain(signal: AbortSignal): Promise<DrainReport> {
    this.close();
    const runs = [...this.#running.values()];
    const results = new Map<Run, RunResult>();
    const all = Promise.all(runs.map(async (run) => results.set(run, await run.done)));
    if (!(await settledBefore(all, signal))) {
      for (const { controller } of runs) controller.abort(signal.reason);
      this.#giveUp.abort(signal.reason);
      await settledWithin(all, RELEASE_GRACE_MS, this.#clock);
    }
    const count = (...types: RunResult['type'][]) =>
      [...results.values()].filter(({ type }) => types.includes(type)).length;
    const abandoned = runs
      .filter((run) => (results.get(run)?.type ?? 'unrecorded') === 'unrecorded')
      .map(({ job }) => `${job.kind} ${job.id}`);
    return { finished: count('finished', 'failed'), released: count('requeued'), abandoned };
  }

  /** Writes the snapshot; nothing to do when nothing changed. @throws TuxError TUX_STATE_WRITE; the journal has it all. */
  persist(): Promise<void> {
    return this.#store.snapshot();
  }

  /** Lets go of the files. */
  async dispose(): Promise<void> {
    this.close();
    this.#giveUp.abort();
    await this.#store.close();
  }

  #logRejection(job: Job, why: RejectionReason): void {
    this.#log.warn({ event: 'job:rejected', job: job.id, kind: job.kind, why }, `⚠️ job is not run again: ${why}`);
  }

  #newJob(request: JobRequest): Job {
    const kind = this.#kinds.get(request.kind);
    if (kind === undefined) throw new TuxError('TUX_JOB_KIND', `There is no job kind '${request.kind}'`);
    const now = this.#clock.now();
    return createJob(request, kind, this.#nextId(now), now);
  }

  async #accept(job: Job): Promise<Job> {
    await this.#store.put(job);
    this.#schedule.add({ job, sequence: this.#nextSequence++ }, this.#clock.now());
    this.#pump();
    return job;
  }

  /** Starts what may run and sets the alarm for what may run later. */
  #pump(): void {
    if (!this.#isStarted || this.#isClosing) return;
    while (this.#running.size < this.#concurrency) {
      const waiting = this.#schedule.take(this.#clock.now(), (name) => this.#hasRoomFor(name));
      const kind = waiting && this.#kinds.get(waiting.job.kind);
      if (waiting === undefined || kind === undefined) break;
      this.#launch(waiting, kind);
    }
    this.#alarm.set(this.#running.size < this.#concurrency ? this.#schedule.nextDueAt : undefined);
  }

  /** Whether one more job of this kind may run: the kind is known, and does not take all the room there is for it. */
  #hasRoomFor(name: string): boolean {
    const kind = this.#kinds.get(name);
    if (kind?.maxRunning === undefined) return kind !== undefined;
    const running = [...this.#running.values()].filter(({ job }) => job.kind === name);
    return running.length < kind.maxRunning;
  }

  #launch(waiting: WaitingJob, kind: JobKind<unknown>): void {
    const { job, sequence } = waiting;
    const controller = new AbortController();
    const done = this.#runner.run(job, kind, controller.signal).then((result) => {
      this.#running.delete(job.id);
      this.#onAttempt(job.kind, result.type);
      if (result.type === 'requeued') this.#schedule.add({ job: result.job, sequence }, this.#clock.now());
      this.#pump();
      return result;
    });
    this.#running.set(job.id, { job, controller, done });
  }
}
