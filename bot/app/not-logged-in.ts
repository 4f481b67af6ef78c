import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** For what needs Discord while there is no connection to it. */
export function notLoggedIn(): never {
  throw new TuxError('TUX_NOT_LOGGED_IN', 'Tux is not logged in to Discord', { exitCode: ExitCode.UNAVAILABLE });
}
