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
 * Which job runs next: ready ones in queue order, delayed ones once they are due. Those of a kind that may not run at the
 * moment keep their places and hold up nobody else. Adding costs O(log n), taking that and a look at each kind.
 */
export class JobSchedule {
  /** By kind; a kind without ready jobs has no heap. */
  readonly #ready = new Map<string, BinaryHeap<WaitingJob>>();
  readonly #delayed = new BinaryHeap<DelayedJob>((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence);

  get size(): number {
    let ready = 0;
    for (const heap of this.#ready.values()) ready += heap.size;
    return ready + this.#delayed.size;
  }

  /** When the next delayed job is due, in wall-clock milliseconds. */
  get nextDueAt(): number | undefined {
    return this.#delayed.peek()?.dueAt;
  }

  /** @param now wall-clock milliseconds. */
  add(waiting: WaitingJob, now: number): void {
    const dueAt = waiting.job.notBefore === undefined ? 0 : Date.parse(waiting.job.notBefore);
    if (dueAt > now) this.#delayed.push({ ...waiting, dueAt });
    else this.#makeReady(waiting);
  }

  /** Takes out the first job that may run now. @param mayRun whether one of this kind may run at the moment. */
  take(now: number, mayRun: (kind: string) => boolean): WaitingJob | undefined {
    for (let next = this.#delayed.peek(); next !== undefined && next.dueAt <= now; next = this.#delayed.peek()) {
      this.#delayed.delete(next);
      this.#makeReady(next);
    }
    let first: WaitingJob | undefined;
    for (const [kind, heap] of this.#ready) {
      const next = heap.peek();
      const isEarlier = next !== undefined && (first === undefined || next.sequence < first.sequence);
      if (isEarlier && mayRun(kind)) first = next;
    }
    if (first !== undefined) this.#removeReady(first);
    return first;
  }

  /** Takes out every job that `isUnwanted` names. */
  remove(isUnwanted: (job: Job) => boolean): Job[] {
    const ready = [...this.#ready.values()].flatMap((heap) => heap.items()).filter(({ job }) => isUnwanted(job));
    const delayed = this.#delayed.items().filter(({ job }) => isUnwanted(job));
    for (const waiting of ready) this.#removeReady(waiting);
    for (const waiting of delayed) this.#delayed.delete(waiting);
    return [...ready, ...delayed].map(({ job }) => job);
  }

  #makeReady(waiting: WaitingJob): void {
    const { kind } = waiting.job;
    const heap = this.#ready.get(kind) ?? new BinaryHeap<WaitingJob>((a, b) => a.sequence - b.sequence);
    this.#ready.set(kind, heap);
    heap.push(waiting);
  }

  #removeReady(waiting: WaitingJob): void {
    const { kind } = waiting.job;
    const heap = this.#ready.get(kind);
    heap?.delete(waiting);
    if (heap?.size === 0) this.#ready.delete(kind);
  }
}
