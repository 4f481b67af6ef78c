import { BinaryHeap } from './binary-heap.js';
import type { Job } from './job.js';

/** A job that waits its turn. */
export interface WaitingJob {
  readonly job: Job;
  /** Place in the queue: first come, first served. A job that comes back keeps its place. */
  readonly sequence: number;
}

interface DelayedJob extends WaitingJob {
  readonly dueAt: number;
}

/**
 * Which job runs next: ready ones in queue order, delayed ones once they are due, and those of an unknown kind not before
 * the kind is registered. Adding and taking cost O(log n).
 */
export class JobSchedule {
  readonly #ready = new BinaryHeap<WaitingJob>((a, b) => a.sequence - b.sequence);
  readonly #delayed = new BinaryHeap<DelayedJob>((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence);
  readonly #parked = new Map<string, WaitingJob[]>();
  #parkedCount = 0;

  get size(): number {
    return this.#ready.size + this.#delayed.size + this.#parkedCount;
  }

  /** When the next delayed job is due, in wall-clock milliseconds. */
  get nextDueAt(): number | undefined {
    return this.#delayed.peek()?.dueAt;
  }

  /** @param now wall-clock milliseconds. */
  add(waiting: WaitingJob, now: number): void {
    const dueAt = waiting.job.notBefore === undefined ? 0 : Date.parse(waiting.job.notBefore);
    if (dueAt > now) this.#delayed.push({ ...waiting, dueAt });
    else this.#ready.push(waiting);
  }

  /** Takes out the first job that may run now; jobs whose kind is not in `kinds` are parked on the way. */
  take(now: number, kinds: ReadonlyMap<string, unknown>): WaitingJob | undefined {
    for (let next = this.#delayed.peek(); next !== undefined && next.dueAt <= now; next = this.#delayed.peek()) {
      this.#delayed.delete(next);
      this.#ready.push(next);
    }
    for (let next = this.#ready.pop(); next !== undefined; next = this.#ready.pop()) {
      if (kinds.has(next.job.kind)) return next;
      this.#park(next);
    }
    return undefined;
  }

  /** Takes out every job that `isUnwanted` names. */
  remove(isUnwanted: (job: Job) => boolean): Job[] {
    const waiting = [...this.#ready.items(), ...this.#delayed.items(), ...[...this.#parked.values()].flat()];
    const unwanted = new Set(waiting.filter(({ job }) => isUnwanted(job)));
    if (unwanted.size === 0) return [];
    for (const item of this.#ready.items()) if (unwanted.has(item)) this.#ready.delete(item);
    for (const item of this.#delayed.items()) if (unwanted.has(item)) this.#delayed.delete(item);
    for (const [kind, parked] of this.#parked) {
      const kept = parked.filter((item) => !unwanted.has(item));
      this.#parkedCount -= parked.length - kept.length;
      this.#parked.set(kind, kept);
    }
    return [...unwanted].map(({ job }) => job);
  }

  /** Makes the parked jobs of a kind ready, at the places they had. */
  unpark(kind: string): void {
    const parked = this.#parked.get(kind) ?? [];
    this.#parked.delete(kind);
    this.#parkedCount -= parked.length;
    for (const waiting of parked) this.#ready.push(waiting);
  }

  #park(waiting: WaitingJob): void {
    const parked = this.#parked.get(waiting.job.kind);
    if (parked === undefined) this.#parked.set(waiting.job.kind, [waiting]);
    else parked.push(waiting);
    this.#parkedCount += 1;
  }
}
