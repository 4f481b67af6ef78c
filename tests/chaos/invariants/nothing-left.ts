import { isLeftover } from '../../support/state-folder.js';
import type { AfterStop, Observation, SeenProcess } from '../observation.js';

/** A supervisor, its worker and its standby. */
const MAX_PROCESSES = 3;

/** No orphan, no zombie, no socket that nobody listens at, while Tux runs. */
export function nothingStale(observation: Pick<Observation, 'processes' | 'files' | 'supervisorPid'>): string[] {
  const { processes, files, supervisorPid } = observation;
  const living = processes.filter(({ state }) => state !== 'Z');
  const strangers = living.filter(({ pid, parent }) => pid !== supervisorPid && parent !== supervisorPid);
  return [
    ...processes.filter(({ state }) => state === 'Z').map((process) => `zombie: ${describe(process)}`),
    ...strangers.map((process) => `orphan: ${describe(process)}`),
    ...(living.length > MAX_PROCESSES ? [`${living.length} processes: ${living.map(describe).join('; ')}`] : []),
    ...files
      .filter(({ name, problem }) => name.endsWith('.sock') && problem !== null)
      .map(({ name, problem }) => `stale socket: ${name} (${problem})`),
  ];
}

/** Nothing but files after a stop that was asked for, and the supervisor says 0. */
export function nothingLeft({ supervisorEnd, processes, files, liveConnections }: AfterStop): string[] {
  return [
    ...(supervisorEnd?.code === 0
      ? []
      : [`stopped with ${supervisorEnd?.signal ?? supervisorEnd?.code ?? 'nothing'} instead of 0`]),
    ...processes.map((process) => `left after the stop: ${describe(process)}`),
    ...files.filter(({ name }) => isLeftover(name)).map(({ name }) => `left after the stop: ${name}`),
    ...(liveConnections > 0 ? [`${liveConnections} gateway connections are open after the stop`] : []),
  ];
}

function describe({ pid, parent, state, what }: SeenProcess): string {
  return `${pid} (${state}, child of ${parent}) ${what}`;
}
