import { livenessOfOwner, readLockOwner } from '../../../shared/instance-lock.js';
import { formatOwner } from '../../../shared/process-identity.js';
import { RUN_ID_VARIABLE, readEnvironment } from '../../worker/process-group.js';
import { type Check, ok, skipped, warn } from '../check.js';

/** A bot that its supervisor left behind, or that somebody runs without one. */
export const workerLockCheck: Check = {
  name: 'worker',
  async run({ paths, status, statusProblem }) {
    const owner = await readLockOwner(paths.botLock);
    if (statusProblem?.code === 'TUX_NOT_ALLOWED') return skipped('no permission to look');
    if (owner === null) return ok('none is left over, the lock is free');
    const who = formatOwner(owner);
    if (status?.worker?.pid === owner.pid) return ok(`${who}, under its supervisor`);
    const liveness = await livenessOfOwner(paths.botLock, owner);
    if (liveness === 'dead') return ok(`none is left over; the next one takes over the lock of ${who}`);
    // Its pid would be that of somebody else here.
    if (liveness !== 'alive') {
      return warn(
        `the lock is held by ${who}: from here, nobody can tell whether it runs`,
        `stop it on ${owner.hostname}`,
      );
    }
    // One that does not answer, or has only just begun, has a worker all the same.
    if (status || statusProblem?.code !== 'TUX_NOT_RUNNING') return ok(`${who}, under its supervisor`);
    const isOurs = readEnvironment(owner.pid).some((entry) => entry.startsWith(`${RUN_ID_VARIABLE}=`));
    return isOurs
      ? warn(`${who} is left over from a supervisor that is gone`, 'the next start ends it first: tux-supervisor start')
      : warn(`${who} runs without a supervisor, and keeps one from starting`, `kill ${owner.pid}`);
  },
};
