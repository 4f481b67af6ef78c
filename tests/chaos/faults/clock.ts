import type { ClockFault } from '../plan/planned-fault.js';
import type { Inflict } from './fault.js';

/** Sets the clocks, and sets them right again. */
export const setClock: Inflict<ClockFault> = async ({ offsetMs, roles }, { installation, note }) => {
  const of = (role: 'supervisor' | 'worker') => (roles.includes(role) ? offsetMs : 0);
  note(`clock of ${roles.join(' and ')} ${offsetMs / 1_000} s`);
  await installation.setInnerFaults({ clockOffsetMs: { supervisor: of('supervisor'), worker: of('worker') } });
  return async () => {
    note('clocks are right');
    await installation.setInnerFaults({ clockOffsetMs: { supervisor: 0, worker: 0 } });
  };
};
