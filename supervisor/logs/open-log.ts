import { type FileHandle, open } from 'node:fs/promises';
import { readFailure } from '../../shared/atomic-file.js';
import { errnoOf } from '../../shared/errors.js';
import { isRefusal, notAllowedError } from '../../shared/not-allowed.js';

/**
 * Opens a log to read it.
 *
 * @returns null when there is no such file.
 * @throws TuxError TUX_NOT_ALLOWED (exit 1) for another user's, TUX_STATE_READ (exit 74).
 */
export async function openLog(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return null;
    throw isRefusal(cause) ? notAllowedError(path, cause) : readFailure(path, cause);
  }
}
