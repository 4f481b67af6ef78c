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
  /**
   * Calls `ring` once after `ms` (any length), unless it is called off before: for what hardly ever comes to pass, such as the end of
   * a deadline. It costs a fraction of a {@link sleep} that is ended by its signal.
   *
   * @returns calls it off.
   */
  after(ms: number, ring: () => void): () => void;
}

/** The clock of the machine, and its timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6, // `performance` would load a good deal of Node for it
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        callOff();
        reject(signal?.reason);
      };
      const callOff = systemClock.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  after(ms, ring) {
    let left = Math.max(0, ms);
    let timer: NodeJS.Timeout;
    const wait = () => {
      const step = Math.min(left, MAX_TIMER_MS);
      left -= step;
      timer = setTimeout(left > 0 ? wait : ring, step);
    };
    wait();
    return () => clearTimeout(timer);
  },
};
