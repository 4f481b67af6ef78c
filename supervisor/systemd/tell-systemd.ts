import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { OperatorRequests } from '../control/operator-requests.js';
import type { SupervisionObservers } from '../supervision-observer.js';
import { takeSystemdContact } from './environment.js';
import { NotifyCommand } from './notify-command.js';
import { SystemdNotifier } from './systemd-notifier.js';

/** The parts of the supervisor that systemd is told of. */
export interface Supervision {
  readonly events: Pick<SupervisionObservers, 'add'>;
  readonly requests: Pick<OperatorRequests, 'status' | 'supervisionProblems'>;
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Takes what systemd said out of the environment, so that no child gets it.
 *
 * @returns what begins to tell systemd of the supervision once there is one, and returns what ends that; null when systemd does
 * not listen.
 */
export function meetSystemd(
  environment: Record<string, string | undefined>,
): ((supervision: Supervision) => () => Promise<void>) | null {
  const contact = takeSystemdContact(environment, process.pid);
  if (contact === null) return null;
  return ({ events, requests, secrets, log, clock }) => {
    const notifier = new SystemdNotifier({
      command: new NotifyCommand({ socket: contact.socket, log, clock }),
      watchdogMs: contact.watchdogMs,
      pid: process.pid,
      status: () => requests.status(),
      supervisionProblems: () => requests.supervisionProblems(),
      secrets,
      log,
      clock,
    });
    events.add(notifier);
    notifier.start();
    return () => notifier.close();
  };
}
