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
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    const stop = (reason: unknown) => {
      controller.abort(reason);
      reject(reason);
    };
    timer = setTimeout(() => stop(new DeadlineError(what, limitMs)), limitMs);
    onAbort = () => stop(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const running = Promise.resolve(work(controller.signal));
    running.catch(() => {}); // its late failure is of no interest once the deadline has passed
    return await Promise.race([running, cut]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
    cut.catch(() => {});
  }
}
