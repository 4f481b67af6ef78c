import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { isRefusal, notAllowedError } from '../../shared/not-allowed.js';

/**
 * Whether a command may open the embedded database from outside of the bot: looking must not create one, and root must not
 * leave files in it that the bot's user cannot write afterwards. PostgreSQL itself refuses to run as root for less.
 *
 * @param mayCreate whether it is fine when there is none.
 * @throws TuxError TUX_DB_NONE (exit 69) when there is none, TUX_NOT_ALLOWED (exit 1) when it is another user's.
 */
export function assertMayOpen(databaseDir: string, mayCreate: boolean): void {
  const uid = ownerOf(databaseDir) ?? ownerOf(dirname(databaseDir));
  if (uid !== null && process.getuid !== undefined && uid !== process.getuid()) throw notAllowedError(databaseDir);
  if (mayCreate || ownerOf(databaseDir) !== null) return;
  throw new TuxError('TUX_DB_NONE', `There is no embedded database at ${databaseDir} yet`, {
    exitCode: ExitCode.UNAVAILABLE,
    hint: 'the bot makes it at its first start, and so does tux db migrate; or set DATABASE_URL',
  });
}

/** Null for what does not exist. */
function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch (error) {
    if (isRefusal(error)) throw notAllowedError(path, error);
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
