import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { IdentifyBudget } from '../../shared/ipc-protocol.js';
import type { ExitVerdict } from './exit-policy.js';

// Why a restart that somebody asked for may not be, or did not work. Each ends the command that asked.

/** The restart policy holds the next start. @param until ISO-8601 UTC. */
export function heldError(reason: string, until: string): TuxError {
  return new TuxError('TUX_HELD', `Restarts are held until ${until} (${reason})`, {
    exitCode: ExitCode.FAILURE,
    hint: 'mend the cause, then tux-supervisor restart --force',
  });
}

/** Too few IDENTIFYs are left of the day for this restart. @param isForced whether `--force` was given already. */
export function budgetError({ remaining, total, resetAt }: IdentifyBudget, isForced: boolean): TuxError {
  return new TuxError('TUX_BUDGET', `Only ${remaining} of ${total} IDENTIFYs are left until ${resetAt ?? 'tomorrow'}`, {
    exitCode: ExitCode.FAILURE,
    hint: isForced ? 'wait: Discord resets the token of a bot that uses them up' : 'wait, or use --force',
  });
}

/** The supervisor is asked to restart while it stops. */
export function stoppingError(): TuxError {
  return new TuxError('TUX_CLOSING', 'tux-supervisor is stopping', {
    exitCode: ExitCode.FAILURE,
    hint: 'once it has stopped: tux-supervisor start',
  });
}

/** The supervisor was stopped while somebody waited for the restart. */
export function stoppedError(): TuxError {
  return new TuxError('TUX_CLOSING', 'tux-supervisor was stopped before Tux was ready', {
    exitCode: ExitCode.FAILURE,
    hint: 'see tux-supervisor history, then tux-supervisor start',
  });
}

/** The run that was waited for ended too early; the next one comes as the restart policy says. */
export function startFailedError(verdict: ExitVerdict): TuxError {
  return new TuxError('TUX_START_FAILED', `Tux did not get ready: ${verdict.reason}`, {
    exitCode: ExitCode.FAILURE,
    hint: 'it will be tried again; see tux-supervisor status and logs',
  });
}

/** The run that was waited for ended in a way that only a human can mend, and the supervisor with it. */
export function endedError(verdict: ExitVerdict): TuxError {
  return new TuxError('TUX_ENDED', `Tux ended: ${verdict.reason}`, { exitCode: verdict.exitCode }); // which says what to do
}

/** Too many crashes in a row. */
export function gaveUpError(message: string): TuxError {
  return new TuxError('TUX_GAVE_UP', message, {
    exitCode: ExitCode.FAILURE,
    hint: 'see tux-supervisor history; once the cause is mended: tux-supervisor start',
  });
}
