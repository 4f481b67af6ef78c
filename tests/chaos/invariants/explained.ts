import type { RunRecord } from '../../../shared/control/run-record.js';
import { ExitCode } from '../../../shared/exit-codes.js';
import type { SupervisorEnd } from '../installation.js';
import type { Observation } from '../observation.js';
import type { FaultKind } from '../plan/planned-fault.js';

type Facts = Pick<Observation, 'plan' | 'signals' | 'ends' | 'runIds' | 'toldEnds' | 'supervisorEnds'>;

/** Every run that ended is in the history once, as what it was. */
export function explained(facts: Facts): string[] {
  return [
    ...doubles(facts.runIds).map((runId) => `run ${runId} is in the history more than once`),
    ...facts.ends.flatMap((run) => {
      const allowed = allowedClasses(run, facts);
      return allowed.has(run.class) ? [] : [`${describe(run)}: allowed were ${[...allowed].join(', ') || 'none'}`];
    }),
    ...missing(facts),
    ...facts.supervisorEnds
      .filter((end) => !isExplained(end, facts))
      .map(({ signal, code }) => `the supervisor ended with ${signal ?? code}`),
  ];
}

/** How the end of a run may be explained, given what was done to it and to others. */
function allowedClasses(run: RunRecord, facts: Facts): Set<string> {
  const allowed = new Set<string>();
  const { plan, signals } = facts;
  const own = signals.filter(({ pid }) => pid === run.pid);
  const ofSupervisor = signals.filter(({ role }) => role === 'supervisor');
  if (own.some(({ signal }) => signal === 'SIGKILL')) addAll(allowed, ['crash', 'failed-start']);
  if (own.some(({ signal }) => signal === 'SIGTERM')) addAll(allowed, ['stopped', 'crash', 'failed-start']);
  if (own.some(({ signal }) => signal === 'SIGSTOP')) addAll(allowed, ['hang', 'failed-start']);
  if (ofSupervisor.some(({ signal }) => signal === 'SIGKILL')) {
    // One that is left behind shuts itself down, or is ended by the next supervisor, whose worker may find it at the lock.
    addAll(allowed, ['stopped', 'crash', 'failed-start', ...(run.readyMs === null ? ['locked'] : [])]);
  }
  if (ofSupervisor.some(({ signal }) => signal === 'SIGTERM')) addAll(allowed, ['stopped']);
  // A start that meets a fault fails; a Tux that serves survives them all.
  if (run.readyMs === null && plan.faults.some(({ kind }) => startFailsBy.has(kind))) allowed.add('failed-start');
  // Loading its modules blocks a worker; on a machine that is very busy for seconds.
  if (run.readyMs === null) allowed.add('hang');
  // One that needs a new session, and cannot write its IDENTIFY down, has to go.
  if (run.code === ExitCode.UNAVAILABLE && plan.faults.some(({ kind }) => kind === 'disk')) allowed.add('crash');
  return allowed;
}

const startFailsBy: ReadonlySet<FaultKind> = new Set(['gateway', 'rest', 'database', 'disk']);

/**
 * Workers that were killed, and runs whose end was told of, that are not in the history. It may have no run that began while the disk
 * took no write, and whose supervisor was killed before it did.
 */
export function missing({ plan, signals, ends, toldEnds }: Omit<Facts, 'runIds' | 'supervisorEnds'>): string[] {
  const isSupervisorKilled = signals.some(({ role, signal }) => role === 'supervisor' && signal === 'SIGKILL');
  if (isSupervisorKilled && plan.faults.some(({ kind }) => kind === 'disk')) return [];
  const killed = signals.filter(({ role, signal }) => role === 'worker' && signal === 'SIGKILL');
  const recorded = new Set(ends.flatMap(({ pid, runId }) => [pid, runId]));
  return [
    ...killed
      .filter(({ pid }) => !recorded.has(pid))
      .map(({ pid }) => `worker ${pid} was killed, and the history does not know`),
    ...toldEnds
      .filter((runId) => !recorded.has(runId))
      .map((runId) => `run ${runId} ended, and the history does not know`),
  ];
}

/** A supervisor that is told to stop says 0, unless it was told before it could listen. */
function isExplained({ pid, code, signal, wasSilent }: SupervisorEnd, { plan, signals }: Facts): boolean {
  const own = signals.filter((sent) => sent.pid === pid).map((sent) => sent.signal);
  if (signal !== null) return own.includes(signal) && (signal === 'SIGKILL' || wasSilent);
  // Also one whose worker was told to.
  if (code === 0) return signals.some((sent) => sent.signal === 'SIGTERM');
  return code === 74 && plan.faults.some(({ kind }) => kind === 'disk');
}

function doubles(runIds: readonly string[]): string[] {
  return [...new Set(runIds.filter((runId, index) => runIds.indexOf(runId) !== index))];
}

function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) set.add(value);
}

function describe({ pid, class: runClass, code, signal, reason }: RunRecord): string {
  return `the end of worker ${pid} is recorded as ${runClass} (${signal ?? code ?? 'unknown'}: ${reason})`;
}
