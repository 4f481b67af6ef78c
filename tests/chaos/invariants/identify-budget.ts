import type { Observation } from '../observation.js';
import type { PlannedFault } from '../plan/planned-fault.js';

/** A worker that is silent for longer is hung up on (4009): discord.js then begins a new session, as Discord wants it. */
const SILENCE_MS = 1_500;

/** Whether the session may have ended, or what the bot knows of it may have become unusable. */
function mayEndSession(fault: PlannedFault): boolean {
  switch (fault.kind) {
    case 'gateway':
      return fault.how === 'invalidate' || fault.how === 'refuse resume';
    case 'process':
      return fault.signal === 'SIGSTOP' && fault.forMs > SILENCE_MS;
    case 'disk':
    case 'clock':
      return true;
    default:
      return false;
  }
}

/**
 * No IDENTIFY where the session was still valid. Where it was not, one; one more for each worker that ended in that round, which may have
 * been on its way to a session. And each one is in the ledger before it is sent.
 */
export function withinBudget(
  observation: Pick<Observation, 'plan' | 'identifies' | 'ends' | 'identifiesEver' | 'identifiesInLedger'>,
): string[] {
  const { plan, identifies, ends, identifiesEver, identifiesInLedger } = observation;
  const allowed = plan.faults.some(mayEndSession) ? 1 + ends.length : 0;
  return [
    ...(identifies > allowed ? [`${identifies} IDENTIFYs, not ${allowed}`] : []),
    ...(identifiesInLedger < identifiesEver
      ? [`the ledger has ${identifiesInLedger} IDENTIFYs, Discord got ${identifiesEver}`]
      : []),
  ];
}
