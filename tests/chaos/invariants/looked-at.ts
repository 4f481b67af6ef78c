import { answersIn } from '../../support/traffic-verdict.js';
import type { Observation } from '../observation.js';

/** A round waits for five answers before its faults, and for five after them. */
const FEWEST_ANSWERS = 10;
/** What every Tux has that serves. */
const FILES = ['supervisor.json', 'identify-ledger.json', 'gateway-session.json'];

/** A round in which nothing was done, or of which nothing was seen, would break no promise. */
export function lookedAt(
  observation: Pick<
    Observation,
    'plan' | 'signals' | 'waitedFor' | 'supervisorPid' | 'processes' | 'files' | 'commands' | 'maxLiveSessions'
  >,
): string[] {
  const { waitedFor, supervisorPid, processes, files, commands, maxLiveSessions } = observation;
  if (waitedFor !== null) return []; // Tux was not there to be seen, which is a violation of its own
  const answered = commands.filter(({ seen }) => answersIn(seen).length > 0).length;
  const names = new Set(files.map(({ name }) => name));
  return [
    ...(answered < FEWEST_ANSWERS ? [`only ${answered} commands were answered`] : []),
    ...(maxLiveSessions < 1 ? ['no gateway session was seen'] : []),
    ...(processes.some(({ pid }) => pid === supervisorPid) ? [] : ['no supervisor was seen']),
    ...(processes.some(({ parent }) => parent === supervisorPid) ? [] : ['no worker was seen']),
    ...FILES.filter((name) => !names.has(name)).map((name) => `no ${name} was seen`),
    ...missed(observation).map((role) => `there was no ${role} for the signal`),
  ];
}

/** Whom a signal did not find that was there: nothing else had happened in that round. A standby may be replaced at any time. */
function missed({ plan, signals }: Pick<Observation, 'plan' | 'signals'>): string[] {
  const [fault, ...others] = plan.faults;
  if (fault?.kind !== 'process' || others.length > 0) return [];
  const hit = new Set(signals.map(({ role }) => role));
  return fault.targets.filter((role) => role !== 'standby' && !hit.has(role));
}
