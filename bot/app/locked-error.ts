import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { formatOwner, type ProcessOwner } from '../../shared/process-identity.js';

/** For a worker started by hand beside a running supervisor. */
export function standaloneLockedError(owner: ProcessOwner): TuxError {
  return new TuxError('TUX_LOCKED', `tux-supervisor runs already: ${formatOwner(owner)}`, {
    exitCode: ExitCode.LOCKED,
    hint: 'leave starting Tux to it, or stop it first with tux-supervisor stop',
    details: { owner },
  });
}
