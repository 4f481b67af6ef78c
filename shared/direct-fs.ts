import fs from 'node:fs';

type Callback<T> = (error: unknown, value?: T) => void;

/**
 * `node:fs` whose `mkdir`, `stat` and `utimes` do not go through the thread pool. proper-lockfile takes a lock with the first and calls
 * the others at each heartbeat: by way of the pool that is five wake-ups each time, directly it is the one of its timer, and each call
 * takes microseconds.
 */
export const directFs = {
  ...fs,
  mkdir: (path: fs.PathLike, callback: Callback<void>) => settle(() => fs.mkdirSync(path), callback),
  stat: (path: fs.PathLike, callback: Callback<fs.Stats>) => settle(() => fs.statSync(path), callback),
  utimes: (path: fs.PathLike, atime: fs.TimeLike, mtime: fs.TimeLike, callback: Callback<void>) =>
    settle(() => fs.utimesSync(path, atime, mtime), callback),
};

/** As in `node:fs`, the callback is never called before the call returns. */
function settle<T>(work: () => T, callback: Callback<T>): void {
  let error: unknown = null;
  let value: T | undefined;
  try {
    value = work();
  } catch (cause) {
    error = cause;
  }
  process.nextTick(callback, error, value);
}
