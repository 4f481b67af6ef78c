import { ExitCode } from '../../../shared/exit-codes.js';
import type { ShutdownReason } from '../../../shared/ipc-protocol.js';

/**
 * Whether a worker that ends this way leaves its gateway session to the next one. It does unless somebody wants Tux to be gone
 * (`tux-supervisor stop`, `$admin shutdown`, Ctrl-C), when Discord is told at once and shows it as offline, or a human has to
 * mend something first. SIGTERM is how systemd and containers stop for an upgrade or a reboot: there the next start goes on.
 */
export function keepsSession(reason: Pick<ShutdownReason, 'kind' | 'signal'>, exitCode: ExitCode): boolean {
  switch (exitCode) {
    case ExitCode.OK:
      return reason.kind === 'supervisor-gone' || (reason.kind === 'signal' && reason.signal === 'SIGTERM');
    case ExitCode.CONFIG:
    case ExitCode.LOCKED:
    case ExitCode.USAGE:
      return false;
    default:
      return true;
  }
}
