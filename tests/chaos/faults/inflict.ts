import type { PlannedFault } from '../plan/planned-fault.js';
import { setClock } from './clock.js';
import { disturbDatabase } from './database.js';
import { disturbDisk } from './disk.js';
import type { Heal, Victim } from './fault.js';
import { disturbGateway } from './gateway.js';
import { signalProcesses } from './processes.js';
import { disturbRest } from './rest.js';

/** Does what is planned. @returns what takes it back when its time is over. */
export function inflict(fault: PlannedFault, victim: Victim): Promise<Heal> {
  switch (fault.kind) {
    case 'process':
      return signalProcesses(fault, victim);
    case 'gateway':
      return disturbGateway(fault, victim);
    case 'rest':
      return disturbRest(fault, victim);
    case 'database':
      return disturbDatabase(fault, victim);
    case 'disk':
      return disturbDisk(fault, victim);
    case 'clock':
      return setClock(fault, victim);
  }
}
