import { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { DurableCollection } from './durable-collection.js';
import { type FinishedJob, finishedJobSchema, type Job, jobSchema } from './job.js';

/** How long the dedupeKey of a finished job keeps a second one away. */
const FINISHED_MEMORY_MS = 24 * 60 * 60 * 1_000;
/** The most finished jobs remembered, and the most failed or interrupted ones kept to be looked at. */
const MAX_FINISHED = 10_000;
const MAX_HELD = 1_000;

export interface JobStoreOptions {
  /** `queue-cache.json` and `queue-cache.journal`. */
  readonly snapshotPath: string;
  readonly journalPath: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The content of the queue's snapshot and journal. */
export interface StoredJobs {
  /** In queue order. */
  readonly jobs: Job[];
  readonly finished: FinishedJob[];
}

/**
 * All jobs in memory and on disk, found by id and by dedupeKey. A change is durable when its promise resolves and costs the
 * same however long the queue is.
 */
export class JobStore {
  readonly #clock: Clock;
  readonly #records: DurableCollection<Job | FinishedJob>;
  /** Keys that keep a second job away → id of the job that holds them. */
  readonly #keys = new Map<string, string>();
  /** Ids, oldest first. */
  readonly #finished = new Set<string>();
  readonly #held = new Set<string>();

  constructor(options: JobStoreOptions) {
    this.#clock = options.clock;
    this.#records = new DurableCollection({
      snapshotPath: options.snapshotPath,
      journalPath: options.journalPath,
      kind: 'jobs',
      schemaVersion: 1,
      schema: z.discriminatedUnion('status', [jobSchema, finishedJobSchema]),
      runId: options.runId,
      log: options.log,
    });
  }

  /** @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74). */
  async load(): Promise<StoredJobs> {
    await this.#records.load();
    const forgottenBefore = this.#clock.now() - FINISHED_MEMORY_MS;
    const jobs: Job[] = [];
    const finished: FinishedJob[] = [];
    for (const record of this.#records.values()) {
      if (record.status !== 'finished') jobs.push(record);
      else if (Date.parse(record.finishedAt) >= forgottenBefore) finished.push(record);
    }
    finished.sort((a, b) => Date.parse(a.finishedAt) - Date.parse(b.finishedAt)); // they stand where the jobs stood
    return { jobs, finished };
  }

  /** Exchanges everything at once, durably. */
  async replaceAll({ jobs, finished }: StoredJobs): Promise<void> {
    await this.#records.replaceAll([...finished, ...jobs]);
    this.#keys.clear();
    this.#finished.clear();
    this.#held.clear();
    for (const record of [...finished, ...jobs]) this.#index(record);
  }

  /** Adds or replaces a job. @throws TuxError TUX_STATE_WRITE; nothing has changed then. */
  async put(job: Job): Promise<void> {
    await this.#records.put(job);
    this.#index(job);
  }

  /** The job leaves the queue; its dedupeKey is remembered. @throws TuxError TUX_STATE_WRITE. */
  async finish(job: Job): Promise<void> {
    const { id, kind, dedupeKey, createdAt } = job;
    if (dedupeKey === undefined) return this.remove(job);
    const finishedAt = new Date(this.#clock.now()).toISOString();
    // One record in place of the other: there is no instant at which neither the job nor the memory of it is on disk.
    const record: FinishedJob = { id, kind, dedupeKey, status: 'finished', createdAt, finishedAt };
    await this.#records.put(record);
    this.#index(record);
  }

  /** @throws TuxError TUX_STATE_WRITE; nothing has changed then. */
  async remove(job: Job): Promise<void> {
    await this.#records.delete(job.id);
    this.#releaseKey(job);
  }

  /** The job that keeps another one with this key away: it lives, was interrupted, or finished within the last day. */
  findByDedupeKey(key: string): Job | FinishedJob | undefined {
    const record = this.#records.get(this.#keys.get(key) ?? '');
    return record === undefined || this.#isForgotten(record) ? undefined : record;
  }

  /** In queue order, failed and interrupted jobs included. */
  list(): Job[] {
    return Array.from(this.#records.values()).filter((record) => record.status !== 'finished');
  }

  /** Folds the journal into the snapshot. @throws TuxError TUX_STATE_WRITE. */
  snapshot(): Promise<void> {
    return this.#records.snapshot();
  }

  close(): Promise<void> {
    return this.#records.close();
  }

  #index(record: Job | FinishedJob): void {
    if (record.status === 'failed') this.#releaseKey(record);
    else if (record.dedupeKey !== undefined) this.#keys.set(record.dedupeKey, record.id);
    if (record.status === 'finished') this.#keep(this.#finished, record.id, MAX_FINISHED);
    if (record.status === 'failed' || record.status === 'interrupted') this.#keep(this.#held, record.id, MAX_HELD);
  }

  /** Bounds what is kept of the past: drops the oldest, for finished jobs also those whose time is over. */
  #keep(ids: Set<string>, id: string, limit: number): void {
    ids.add(id);
    for (const oldestId of ids) {
      const oldest = this.#records.get(oldestId);
      if (oldest !== undefined && ids.size <= limit && !this.#isForgotten(oldest)) return;
      ids.delete(oldestId);
      if (oldest !== undefined) this.#releaseKey(oldest);
      this.#records.forget(oldestId);
    }
  }

  #releaseKey({ id, dedupeKey }: Job | FinishedJob): void {
    if (dedupeKey !== undefined && this.#keys.get(dedupeKey) === id) this.#keys.delete(dedupeKey);
  }

  #isForgotten(record: Job | FinishedJob): boolean {
    return record.status === 'finished' && this.#clock.now() - Date.parse(record.finishedAt) > FINISHED_MEMORY_MS;
  }
}
