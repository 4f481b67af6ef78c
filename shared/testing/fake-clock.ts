import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.js';

interface Sleeper {
  readonly dueAt: number;
  wake(): void;
}

/** 2026-01-01T00:00:00Z: where a {@link FakeClock} begins unless it is told otherwise. */
const DEFAULT_START = Date.UTC(2026, 0, 1);

/**
 * A clock that stands still until the test moves it. Sleepers wake in the order in which they are due, those due at the
 * same instant in the order in which they went to sleep, and each one's continuation runs before the next wakes: the same
 * test gives the same interleaving every time. A sleep of 0 ms needs no {@link advance}.
 *
 * Only promises are waited for. Code that does real I/O between two sleeps needs {@link whenSleeping}.
 */
export class FakeClock implements Clock {
  #monotonic = 0;
  #wallOffset: number;
  #sleepers: Sleeper[] = [];
  #watchers: { readonly count: number; notify(): void }[] = [];

  /** @param startAt wall-clock milliseconds since the epoch; the monotonic clock begins at 0. */
  constructor(startAt: number = DEFAULT_START) {
    this.#wallOffset = startAt;
  }

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** How many sleeps are under way: 0 at the end of a test means that nothing was left waiting. */
  get pending(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        callOff();
        reject(signal?.reason);
      };
      const callOff = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  after(ms: number, ring: () => void): () => void {
    const sleeper: Sleeper = { dueAt: this.#monotonic + ms, wake: ring };
    if (ms <= 0) queueMicrotask(() => this.#sleepers.includes(sleeper) && this.#wake(sleeper));
    this.#sleepers.push(sleeper);
    this.#notifyWatchers();
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  /** Lets `ms` go by, waking each sleeper at its own instant, including those that go to sleep on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#monotonic = Math.max(this.#monotonic, next.dueAt);
      await this.#wake(next);
    }
    this.#monotonic = end;
  }

  /**
   * Moves on to the instant at which the next sleeper wakes.
   *
   * @returns the milliseconds that went by, or null when nobody sleeps.
   */
  async advanceToNext(): Promise<number | null> {
    await this.settle();
    const next = this.#nextDue(Number.POSITIVE_INFINITY);
    if (next === undefined) return null;
    const ms = Math.max(0, next.dueAt - this.#monotonic);
    await this.advance(ms);
    return ms;
  }

  /**
   * Lets `ms` go by while the process does not run, as after SIGSTOP or a frozen virtual machine: every overdue sleeper
   * wakes only afterwards, late.
   */
  async freeze(ms: number): Promise<void> {
    await this.settle();
    this.#monotonic += ms;
    await this.advance(0);
  }

  /** Sets the wall clock forward or (negative) back, as NTP or an operator does. No sleeper notices. */
  jumpWallClock(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Resolves once at least `count` sleeps are under way. */
  async whenSleeping(count = 1): Promise<void> {
    if (this.#sleepers.length >= count) return;
    await new Promise<void>((notify) => this.#watchers.push({ count, notify }));
  }

  /** Lets every promise that can make progress without time passing do so. */
  async settle(): Promise<void> {
    await nextTurn(); // Node drains all microtasks and process.nextTick callbacks before the next turn
  }

  #nextDue(limit: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueAt <= limit && (first === undefined || sleeper.dueAt < first.dueAt)) first = sleeper;
    }
    return first;
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    sleeper.wake();
    await this.settle();
  }

  #notifyWatchers(): void {
    const reached = this.#watchers.filter(({ count }) => this.#sleepers.length >= count);
    this.#watchers = this.#watchers.filter((watcher) => !reached.includes(watcher));
    for (const { notify } of reached) notify();
  }
}
