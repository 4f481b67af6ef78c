import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** Something a person cannot do, or not like this. */
export function actorError(message: string, hint?: string): TuxError {
  return new TuxError('TUX_SANDBOX_ACTOR', message, {
    exitCode: ExitCode.FAILURE,
    ...(hint !== undefined && { hint }),
  });
}
