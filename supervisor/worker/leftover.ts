import type { Clock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { formatOwner, livenessOf, type ProcessOwner, readProcStat } from '../../shared/process-identity.js';
import {
  isLeaving,
  killRemainders,
  RUN_ID_VARIABLE,
  readEnvironment,
  signalGroup,
  signalProcess,
} from './process-group.js';

/** A left-over that is already shutting down gets this long to finish after SIGTERM. */
const LEFTOVER_GRACE_MS = 5_000;
/** A second SIGTERM counts as one only after a second (`shared/signals.ts`); it ends the drain: somebody waits to start. */
const SECOND_SIGTERM_MS = 1_100;
/** Longer than SIGKILL takes, unless the kernel does not let the process go: it waits for a disk or a network that does not answer. */
const KILLED_LIMIT_MS = 10_000;
const POLL_MS = 25;

/**
 * Ends the worker of a supervisor that is gone, before a new one is started: never two. It is recognised by the owner
 * record of its lock and by the run id that its supervisor gave it.
 *
 * @param assertHeld throws when this supervisor is not the one in charge any more. It is asked right before the first signal: if this
 * process was paused until then, a successor may have taken over, and the worker that was found may be the successor's.
 * @throws TuxError TUX_LOCKED (exit 73) for a bot that somebody runs alone: that one is not ours to end; {@link LEFTOVER_STUCK} (73) when
 * it is still there some seconds after SIGKILL. No other may start then, but to try again later makes sense.
 */
export async function endLeftover(
  lockFile: string,
  log: Logger,
  clock: Clock,
  assertHeld: () => void,
  isAlive = (owner: ProcessOwner) => livenessOf(owner) === 'alive',
): Promise<void> {
  const owner = await readLockOwner(lockFile);
  if (owner === null || !isAlive(owner)) return;
  const runId = readEnvironment(owner.pid)
    .find((entry) => entry.startsWith(`${RUN_ID_VARIABLE}=`))
    ?.slice(RUN_ID_VARIABLE.length + 1);
  if (runId === undefined && !isLeaving(owner.pid)) throw standaloneError(lockFile, owner);
  assertHeld();
  log.warn(
    { event: 'worker:leftover', pid: owner.pid, runId },
    `⚠️ A worker of an earlier supervisor still runs (${formatOwner(owner)}); ending it first`,
  );
  signalProcess(owner.pid, 'SIGTERM');
  signalProcess(owner.pid, 'SIGCONT'); // one that is paused can obey only once it goes on
  const killAll = async () => {
    if (runId === undefined) signalGroup(owner.pid, 'SIGKILL');
    else await killRemainders(owner.pid, runId);
  };
  /** Not our child, so there is no exit event to await: its liveness is polled. */
  const isGoneWithin = async (limitMs: number) => {
    const giveUpAt = clock.monotonic() + limitMs;
    while (isAlive(owner)) {
      if (clock.monotonic() > giveUpAt) return false;
      await clock.sleep(POLL_MS);
    }
    return true;
  };
  if (!(await isGoneWithin(SECOND_SIGTERM_MS))) {
    signalProcess(owner.pid, 'SIGTERM');
    if (!(await isGoneWithin(LEFTOVER_GRACE_MS))) await killAll();
  }
  if (!(await isGoneWithin(KILLED_LIMIT_MS))) throw stuckError(owner);
  await killAll();
}

/** Code of the error about a left-over that SIGKILL does not end. */
export const LEFTOVER_STUCK = 'TUX_LEFTOVER_STUCK';

function stuckError(owner: ProcessOwner): TuxError {
  const state = readProcStat(owner.pid)?.state ?? 'unknown';
  const why = state === 'D' ? ': it waits for a disk or a network that does not answer' : '';
  const message = `The worker of an earlier supervisor does not end, not even by SIGKILL (${formatOwner(owner)}, process state ${state}${why})`;
  return new TuxError(LEFTOVER_STUCK, message, {
    exitCode: ExitCode.LOCKED,
    hint: `look at it with: cat /proc/${owner.pid}/wchan; a disk or network that comes back frees it, or else a reboot`,
    details: { owner },
  });
}

function standaloneError(lockFile: string, owner: ProcessOwner): TuxError {
  return new TuxError('TUX_LOCKED', `A Tux that runs without a supervisor holds ${lockFile}: ${formatOwner(owner)}`, {
    exitCode: ExitCode.LOCKED,
    hint: `stop it first (kill ${owner.pid})`,
    details: { owner },
  });
}
