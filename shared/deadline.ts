import { type Clock, systemClock } from './clock.js';
import { TuxError } from './errors.js';

/** Thrown by {@link deadline} when the time is up; the work itself may still be going on. */
export class DeadlineError extends TuxError {
  readonly what: string;
  readonly limitMs: number;

  constructor(what: string, limitMs: number) {
    super('TUX_DEADLINE', `${what} did not finish within ${limitMs} ms`);
    this.name = 'DeadlineError';
    this.what = what;
    this.limitMs = limitMs;
  }
}

/**
 * Runs `work` with at most `limitMs` milliseconds. Its AbortSignal aborts when the time is up or when `signal` does.
 *
 * @returns what `work` resolves to.
 * @throws DeadlineError when the time is up first, the reason of `signal` when that aborts first. Work that ignores its
 * signal is left behind; its late result or error is dropped.
 */
export async function deadline<T>(
  what: string,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T> | T,
  signal?: AbortSignal,
  clock: Clock = systemClock,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const cut = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  cut.catch(() => {}); // nobody listens when `work` throws before it returns a promise
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const callOff = clock.after(limitMs, () => controller.abort(new DeadlineError(what, limitMs)));
  try {
    const running = Promise.resolve(work(controller.signal));
    running.catch(() => {}); // its late failure is of no interest once the deadline has passed
    return await Promise.race([running, cut]);
  } finally {
    callOff();
    signal?.removeEventListener('abort', onAbort);
  }
}
