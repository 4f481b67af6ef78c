/**
 * A priority queue: {@link push}, {@link pop} and {@link delete} cost O(log n), {@link peek} O(1). Each item can be in it
 * once, and what `compare` looks at must not change while it is.
 */
export class BinaryHeap<T> {
  readonly #items: T[] = [];
  /** Where each item stands in `#items`, so that one from the middle can be taken out without a search. */
  readonly #places = new Map<T, number>();
  readonly #compare: (a: T, b: T) => number;

  /** @param compare negative when `a` comes before `b`. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** A copy of what is in it, in no particular order. */
  items(): T[] {
    return [...this.#items];
  }

  push(item: T): void {
    this.#place(item, this.#items.length);
    this.#rise(item, this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(first);
    return first;
  }

  /** @returns whether the item was in the heap. */
  delete(item: T): boolean {
    const hole = this.#places.get(item);
    if (hole === undefined) return false;
    this.#places.delete(item);
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#place(last, hole);
      this.#sink(last, this.#rise(last, hole));
    }
    return true;
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    this.#places.set(item, at);
  }

  #rise(item: T, from: number): number {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#items[parentAt];
      if (parent === undefined || this.#compare(parent, item) <= 0) break;
      this.#place(parent, at);
      at = parentAt;
    }
    this.#place(item, at);
    return at;
  }

  #sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = this.#items[childAt];
      const right = this.#items[childAt + 1];
      if (child !== undefined && right !== undefined && this.#compare(right, child) < 0) {
        child = right;
        childAt += 1;
      }
      if (child === undefined || this.#compare(item, child) <= 0) break;
      this.#place(child, at);
      at = childAt;
    }
    this.#place(item, at);
  }
}
