import { setTimeout as sleepTimer } from 'node:timers/promises';

/** Longest delay one Node timer can hold; more wraps round to 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Time as an injected dependency, so that policies are tested without waiting. */
export interface Clock {
  /** Wall-clock milliseconds since the epoch: for what is written to disk. It may jump. */
  now(): number;
  /** Monotonic milliseconds: for every gap, age and timeout within one process. */
  monotonic(): number;
  /** Resolves after `ms` (any length); rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6, // `performance` would load a good deal of Node for it
  async sleep(ms, signal) {
    let left = Math.max(0, ms);
    do {
      signal?.throwIfAborted();
      const step = Math.min(left, MAX_TIMER_MS);
      try {
        await sleepTimer(step, undefined, signal ? { signal } : undefined);
      } catch (error) {
        // node:timers/promises rejects with its own AbortError; callers expect the reason they gave.
        signal?.throwIfAborted();
        throw error;
      }
      left -= step;
    } while (left > 0);
  },
};
