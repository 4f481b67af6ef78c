import type { Clock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { formatOwner, livenessOf, type ProcessOwner } from '../../shared/process-identity.js';
import { killRemainders, RUN_ID_VARIABLE, readEnvironment, signalProcess } from './process-group.js';

/** A left-over that is already shutting down gets this long to finish after SIGTERM. */
const LEFTOVER_GRACE_MS = 5_000;
/** A second SIGTERM counts as one only after a second (`shared/signals.ts`); it ends the drain: somebody waits to start. */
const SECOND_SIGTERM_MS = 1_100;
const POLL_MS = 25;

/**
 * Ends the worker of a supervisor that is gone, before a new one is started: never two. It is recognised by the owner
 * record of its lock and by the run id that its supervisor gave it.
 *
 * @param assertHeld throws when this supervisor is not the one in charge any more. It is asked right before the first signal: if this
 * process was paused until then, a successor may have taken over, and the worker that was found may be the successor's.
 * @throws TuxError TUX_LOCKED (exit 73) for a bot that somebody runs alone: that one is not ours to end.
 */
export async function endLeftover(lockFile: string, log: Logger, clock: Clock, assertHeld: () => void): Promise<void> {
  const owner = await readLockOwner(lockFile);
  if (owner === null || livenessOf(owner) !== 'alive') return;
  const runId = readEnvironment(owner.pid)
    .find((entry) => entry.startsWith(`${RUN_ID_VARIABLE}=`))
    ?.slice(RUN_ID_VARIABLE.length + 1);
  if (runId === undefined) throw standaloneError(lockFile, owner);
  assertHeld();
  log.warn(
    { event: 'worker:leftover', pid: owner.pid, runId },
    `⚠️ A worker of an earlier supervisor still runs (${formatOwner(owner)}); ending it first`,
  );
  signalProcess(owner.pid, 'SIGTERM');
  signalProcess(owner.pid, 'SIGCONT'); // one that is paused can obey only once it goes on
  if (!(await isGoneWithin(owner, SECOND_SIGTERM_MS, clock))) {
    signalProcess(owner.pid, 'SIGTERM');
    if (!(await isGoneWithin(owner, LEFTOVER_GRACE_MS, clock))) await killRemainders(owner.pid, runId);
  }
  while (livenessOf(owner) === 'alive') await clock.sleep(POLL_MS);
  await killRemainders(owner.pid, runId);
}

/** Not our child, so there is no exit event to await: its liveness is polled. */
async function isGoneWithin(owner: ProcessOwner, limitMs: number, clock: Clock): Promise<boolean> {
  const giveUpAt = clock.monotonic() + limitMs;
  while (livenessOf(owner) === 'alive') {
    if (clock.monotonic() > giveUpAt) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

function standaloneError(lockFile: string, owner: ProcessOwner): TuxError {
  return new TuxError('TUX_LOCKED', `A Tux that runs without a supervisor holds ${lockFile}: ${formatOwner(owner)}`, {
    exitCode: ExitCode.LOCKED,
    hint: `stop it first (kill ${owner.pid})`,
    details: { owner },
  });
}
