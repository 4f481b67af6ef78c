import type { Clock } from '../../shared/clock.js';

/** Waits until `work` has settled, either way, or `signal` aborts. @returns whether it settled. */
export async function settledBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  let onAbort = () => {};
  const aborted = new Promise<false>((resolve) => {
    onAbort = () => resolve(false);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The same with a limit in milliseconds of `clock`. */
export async function settledWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const limit = new AbortController();
  const done = new AbortController();
  const sleeping = clock.sleep(limitMs, done.signal).then(
    () => limit.abort(),
    () => {}, // cut short: the work was faster
  );
  const isSettled = await settledBefore(work, limit.signal);
  done.abort();
  await sleeping;
  return isSettled;
}
