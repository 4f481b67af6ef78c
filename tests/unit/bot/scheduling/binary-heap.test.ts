import { describe, expect, it } from 'vitest';
import { BinaryHeap } from '../../../../bot/scheduling/binary-heap.js';

interface Item {
  readonly rank: number;
}

/** A small generator with a fixed seed: the same "random" order in every run. */
function* numbers(count: number): Generator<number> {
  let state = 42;
  for (let i = 0; i < count; i += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state % 500;
  }
}

function drain(heap: BinaryHeap<Item>): number[] {
  const ranks: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) ranks.push(item.rank);
  return ranks;
}

describe('BinaryHeap', () => {
  it('gives items back in order', () => {
    const items = Array.from(numbers(1_000), (rank) => ({ rank }));
    const heap = new BinaryHeap<Item>((a, b) => a.rank - b.rank);
    for (const item of items) heap.push(item);
    expect(heap.peek()?.rank).toBe(Math.min(...items.map((item) => item.rank)));
    expect(drain(heap)).toEqual(items.map((item) => item.rank).sort((a, b) => a - b));
    expect(heap.size).toBe(0);
  });

  it('keeps the order when items are taken out of the middle', () => {
    const items = Array.from(numbers(1_000), (rank) => ({ rank }));
    const heap = new BinaryHeap<Item>((a, b) => a.rank - b.rank);
    for (const item of items) heap.push(item);
    const removed = items.filter((_, index) => index % 3 === 0);
    for (const item of removed) expect(heap.delete(item)).toBe(true);
    const kept = items.filter((item) => !removed.includes(item));
    expect(drain(heap)).toEqual(kept.map((item) => item.rank).sort((a, b) => a - b));
  });

  it('knows what it does not hold', () => {
    const heap = new BinaryHeap<Item>((a, b) => a.rank - b.rank);
    expect(heap.delete({ rank: 1 })).toBe(false);
    expect(heap.pop()).toBeUndefined();
    expect(heap.peek()).toBeUndefined();
  });
});
