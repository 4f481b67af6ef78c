import { sendSignal } from '../../support/processes.js';
import type { ProcessFault } from '../plan/planned-fault.js';
import type { Heal, Inflict, Victim } from './fault.js';

/** Sends a signal to all processes that are meant, at once, as when a machine goes down. */
export const signalProcesses: Inflict<ProcessFault> = async ({ signal, targets }, victim) => {
  const { installation } = victim;
  const found = await Promise.all(targets.map(async (role) => ({ role, pid: await installation.pidOf(role) })));
  const hit = found.flatMap(({ role, pid }) => (pid === null ? [] : [{ role, pid }]));
  for (const { pid } of hit) sendSignal(pid, signal);
  for (const { role, pid } of hit) victim.noteSignal({ role, pid, signal, at: Date.now() });
  const missing = found.filter(({ pid }) => pid === null).map(({ role }) => role);
  victim.note(`${signal} to ${hit.map(({ role, pid }) => `${role} ${pid}`).join(', ') || 'nobody'}`);
  if (missing.length > 0) victim.note(`there was no ${missing.join(', ')}`);
  return signal === 'SIGSTOP' ? goOn(hit, victim) : () => {};
};

function goOn(hit: readonly { pid: number }[], victim: Victim): Heal {
  return () => {
    for (const { pid } of hit) sendSignal(pid, 'SIGCONT');
    victim.note(`SIGCONT to ${hit.map(({ pid }) => pid).join(', ')}`);
  };
}
