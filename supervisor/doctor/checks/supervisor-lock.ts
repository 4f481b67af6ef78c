import type { Status } from '../../../shared/control/status.js';
import { livenessOfOwner, readLockOwner } from '../../../shared/instance-lock.js';
import { formatOwner, type Liveness, type ProcessOwner } from '../../../shared/process-identity.js';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.js';
import type { DoctorContext } from '../context.js';

/** Who holds the lock of the state folder, and how whoever holds it fares. */
export const supervisorLockCheck: Check = {
  name: 'supervisor',
  async run(context) {
    const { supervisorLock } = context.paths;
    const owner = await readLockOwner(supervisorLock);
    return judgeLock(owner, owner && (await livenessOfOwner(supervisorLock, owner)), context);
  },
};

function judgeLock(
  owner: ProcessOwner | null,
  liveness: Liveness | null,
  { status, statusProblem }: DoctorContext,
): Finding {
  if (status) return judgeStatus(status);
  if (statusProblem?.code === 'TUX_NOT_ALLOWED') return skipped('no permission to look');
  if (owner === null) return ok('none runs, the lock is free');
  const who = formatOwner(owner);
  if (liveness === 'dead') return ok(`none runs; the lock of ${who} is left, the next start takes it over`);
  if (liveness !== 'alive') {
    return warn(
      `the lock is held by ${who}: from here, nobody can tell whether it runs`,
      `stop it on ${owner.hostname}; a lock that was left behind can be taken over after 15 s`,
    );
  }
  return fail(statusProblem?.message ?? `${who} does not answer`, statusProblem?.hint ?? 'tux-supervisor logs');
}

function judgeStatus(status: Status): Finding {
  const { supervisor, state, ready, worker, hold, readiness } = status;
  const who = `pid ${supervisor.pid} since ${supervisor.startedAt}, ${state}${ready ? ', ready' : ''}`;
  if (hold)
    return warn(`${who}: restarts are held, ${hold.reason}`, 'mend the cause, then tux-supervisor restart --force');
  if (state === 'BACKOFF')
    return warn(`${who}: it waits before it starts Tux again`, 'see why: tux-supervisor history -n 3');
  if (worker?.degraded) return warn(`${who}, DEGRADED`, 'see what is missing: tux-supervisor status');
  if (!ready && state === 'RUNNING') return warn(`${who}, not ready: ${readiness.problems.join('; ')}`, 'tux status');
  return ok(who);
}
