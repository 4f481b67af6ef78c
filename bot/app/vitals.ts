import type { ApplicationParts } from './application.js';
import type { Vitals } from './heartbeat.js';

/** How the bot fares, for the heartbeat; at any moment of the start, too. @param uptimeMs of the worker. */
export function readVitals({ tux, runner }: Pick<ApplicationParts, 'tux' | 'runner'>, uptimeMs: number): Vitals {
  return {
    state: runner?.state ?? 'INITIALIZING',
    degraded: runner?.isDegraded ?? false,
    tasks: tux?.tasks.size ?? 0,
    queueDepth: tux?.jobs.depth ?? 0,
    databaseProblem: tux?.database.database.problem ?? null,
    gateway: tux?.gateway.status() ?? {
      status: 'idle',
      guilds: 0,
      pingMs: null,
      lastDispatchAgeMs: null,
      unansweredMs: 0,
      lastAckAgeMs: null,
      downForMs: uptimeMs,
    },
  };
}
