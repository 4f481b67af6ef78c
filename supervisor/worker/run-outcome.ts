import type { Clock } from '../../shared/clock.js';
import type { GatewaySession } from '../../shared/control/gateway-session.js';
import type { WorkerExit } from '../restart/exit-policy.js';
import type { ExitStatus, Reaped } from './worker-process.js';

/** How one run of the worker went, as far as it is known when it is reaped: all that decides on what follows. */
export interface RunEnd {
  readonly runId: string;
  /** 0 for a process that there never was. */
  readonly pid: number;
  readonly startedAt: Date;
  readonly status: Reaped;
  /** What the exit policy judges. */
  readonly exit: WorkerExit;
  /** Spawn to `ready`; null when it never got ready. */
  readonly readyMs: number | null;
  /** Who asked for the end; null when nobody did. */
  readonly by: string | null;
  /** Where the report of a hang is; null without one. */
  readonly reportPath: string | null;
  /** How it came by its gateway session; null when it never had one. */
  readonly session: GatewaySession | null;
  /** Of the build that it was of; null when it did not say. */
  readonly version: string | null;
  /** It had the database open: by then all migrations were run. */
  readonly hadDatabase: boolean;
}

/** The same once its last lines are in, too, and what it left behind is killed. */
export interface RunOutcome extends RunEnd {
  readonly status: ExitStatus;
}

/** A run whose process could not be started: a failed start like any other. */
export function neverStarted(runId: string, reason: string, clock: Clock): RunOutcome {
  return {
    runId,
    pid: 0,
    startedAt: new Date(clock.now()),
    status: { code: null, signal: null, uptimeMs: 0, runaways: [] },
    exit: { code: null, signal: null, marker: null, intent: { kind: 'start-timeout', reason }, wasReady: false },
    readyMs: null,
    by: null,
    reportPath: null,
    session: null,
    version: null,
    hadDatabase: false,
  };
}
