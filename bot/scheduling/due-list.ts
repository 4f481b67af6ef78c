import { BinaryHeap } from './binary-heap.js';

/** Something that is due at a time, in wall-clock milliseconds. */
export interface Due {
  readonly id: string;
  readonly at: number;
}

/** Ids by due time, the next one first; equal times in the order of their ids. A change costs O(log n). */
export class DueList {
  readonly #heap = new BinaryHeap<Due>((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  readonly #byId = new Map<string, Due>();

  get next(): Due | undefined {
    return this.#heap.peek();
  }

  /** Each id can be in the list once. */
  add(due: Due): void {
    this.#byId.set(due.id, due);
    this.#heap.push(due);
  }

  /** Takes an id out; undefined when it is not in the list. */
  take(id: string): Due | undefined {
    const due = this.#byId.get(id);
    if (due === undefined) return undefined;
    this.#byId.delete(id);
    this.#heap.delete(due);
    return due;
  }
}
