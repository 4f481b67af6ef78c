import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, TuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { readLockOwner } from '../instance-lock.js';
import { isRefusal, notAllowedError } from '../not-allowed.js';
import { formatOwner, livenessOf, type ProcessOwner, readProcStat } from '../process-identity.js';

// Why nobody answered on the control socket, found out only when it has happened.

interface Address {
  readonly stateDir: string;
  readonly socketFile: string;
}

/**
 * The connection failed. The lock tells a supervisor that is on its way up or down, which has no socket for a moment, from
 * none at all.
 *
 * @returns TuxError TUX_NOT_ALLOWED, TUX_NOT_LISTENING or TUX_NOT_RUNNING (all exit 1).
 */
export async function connectionError(address: Address, cause: unknown): Promise<TuxError> {
  if (isRefusal(cause)) return notAllowedError(address.socketFile, cause);
  const owner = await liveOwner(address);
  if (owner !== null && isPaused(owner)) return pausedError(owner, cause);
  if (errnoOf(cause) === 'ECONNRESET') {
    return new TuxError('TUX_NOT_RUNNING', 'tux-supervisor ended before it answered', {
      cause,
      exitCode: ExitCode.FAILURE,
      hint: 'see tux-supervisor history',
    });
  }
  if (owner !== null) {
    const message = `tux-supervisor (${formatOwner(owner)}) is starting or stopping: ${describeSocket(address)}`;
    return new TuxError('TUX_NOT_LISTENING', message, {
      cause,
      exitCode: ExitCode.FAILURE,
      hint: 'try again in a moment; see tux-supervisor logs for what it does',
    });
  }
  return new TuxError('TUX_NOT_RUNNING', `No tux-supervisor is running (${describeSocket(address)})`, {
    cause,
    exitCode: ExitCode.FAILURE,
    hint: 'start it with tux-supervisor start, or name its folder with --state-dir',
  });
}

/** The connection stands, and no answer came in time. @returns TuxError TUX_NO_ANSWER (exit 1). */
export async function silenceError(address: Address, limitMs: number): Promise<TuxError> {
  const owner = await liveOwner(address);
  if (owner !== null && isPaused(owner)) return pausedError(owner);
  const who = owner === null ? 'tux-supervisor' : `tux-supervisor (pid ${owner.pid})`;
  return new TuxError('TUX_NO_ANSWER', `${who} did not answer within ${limitMs / 1_000} s`, {
    exitCode: ExitCode.FAILURE,
    hint: 'the machine may be overloaded: try again, and look at tux-supervisor logs',
  });
}

/** It gets requests, and cannot answer them. */
export function pausedError({ pid }: ProcessOwner, cause?: unknown): TuxError {
  return new TuxError('TUX_NO_ANSWER', `tux-supervisor (pid ${pid}) is paused, so it does not answer`, {
    cause,
    exitCode: ExitCode.FAILURE,
    hint: `let it go on with kill -CONT ${pid}; it then still does what it was asked`,
  });
}

/** @throws TuxError TUX_NO_ANSWER (exit 1) when the supervisor of this state folder is there and paused. */
export async function throwIfPaused(stateDir: string): Promise<void> {
  const owner = await liveOwner({ stateDir });
  if (owner !== null && isPaused(owner)) throw pausedError(owner);
}

/** True for a process that was stopped by SIGSTOP, SIGTSTP or a debugger. */
export function isPaused({ pid }: Pick<ProcessOwner, 'pid'>): boolean {
  return /^[Tt]$/.test(readProcStat(pid)?.state ?? '');
}

/** Who holds the supervisor's lock, if that process lives on this machine. */
async function liveOwner({ stateDir }: Pick<Address, 'stateDir'>): Promise<ProcessOwner | null> {
  const owner = await readLockOwner(join(stateDir, 'supervisor.lock'));
  return owner !== null && livenessOf(owner) === 'alive' ? owner : null;
}

function describeSocket({ stateDir, socketFile }: Address): string {
  if (!lookAt(stateDir)) return `there is no folder ${stateDir}`;
  const found = lookAt(socketFile);
  if (!found) return `there is no ${socketFile}`;
  return found.isSocket() ? `nobody listens at ${socketFile}` : `${socketFile} is not a socket`;
}

/** Undefined for what is not there, and for what is behind a file that should be a folder. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
