import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { Arrivals } from './arrivals.js';

/** When a {@link Batcher} delivers, how much at once, and to whom. */
export interface BatcherOptions<T> {
  readonly clock: Clock;
  readonly log: Logger;
  /** What is added within this time goes out together: the least time between two deliveries for one key. */
  readonly windowMs: number;
  /** Items kept for one delivery; further ones are only counted. */
  readonly maxItems: number;
  /** One delivery. A failure is logged; what it was to deliver is lost. */
  deliver(key: string, items: readonly T[], dropped: number): Promise<void>;
}

interface Batch<T> {
  readonly items: T[];
  dropped: number;
  /** Resolves when its delivery is over, however it went. */
  readonly isOver: Promise<void>;
  end(): void;
}

/** Turns a burst of small things into few deliveries. Nothing is delivered but by {@link run}. */
export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  readonly #batches = new Map<string, Batch<T>>();
  readonly #delivering = new Map<string, Promise<void>>();
  readonly #arrivals = new Arrivals();

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  add(key: string, item: T): void {
    const batch = this.#batches.get(key) ?? newBatch<T>();
    this.#batches.set(key, batch);
    if (batch.items.length < this.#options.maxItems) batch.items.push(item);
    else batch.dropped += 1;
    this.#arrivals.announce();
  }

  /** Resolves when what waits for this key now is delivered, or could not be. */
  async whenDelivered(key: string): Promise<void> {
    await this.#batches.get(key)?.isOver;
  }

  /** Forgets what waits for this key. */
  delete(key: string): void {
    this.#batches.get(key)?.end();
    this.#batches.delete(key);
  }

  /** Delivers until `signal` aborts, then what is left at once. Meant to be a background task of a cog. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, windowMs } = this.#options;
    while (!signal.aborted) {
      if (this.#batches.size === 0) await this.#arrivals.next(signal);
      await clock.sleep(windowMs, signal).catch(() => {}); // aborted: the loop ends
      if (!signal.aborted) this.#deliverAll();
    }
    await Promise.all(this.#delivering.values());
    this.#deliverAll();
    await Promise.all(this.#delivering.values());
  }

  /** A key that is being delivered keeps its new items for the next time: never two deliveries of one key at once. */
  #deliverAll(): void {
    for (const [key, batch] of this.#batches) {
      if (this.#delivering.has(key)) continue;
      this.#batches.delete(key);
      const delivery = this.#deliver(key, batch).finally(() => this.#delivering.delete(key));
      this.#delivering.set(key, delivery);
    }
  }

  async #deliver(key: string, { items, dropped, end }: Batch<T>): Promise<void> {
    try {
      await this.#options.deliver(key, items, dropped);
    } catch (err) {
      this.#options.log.warn({ event: 'batch:failed', err, key, items: items.length }, '⚠️ a batch was not delivered');
    } finally {
      end();
    }
  }
}

function newBatch<T>(): Batch<T> {
  let end: () => void = () => {};
  const isOver = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { items: [], dropped: 0, isOver, end: () => end() };
}
