import type { Clock } from '../../shared/clock.js';
import type { WorkerExit } from '../restart/exit-policy.js';
import type { ExitStatus } from './worker-process.js';

/** How one run of the worker went, once it is reaped and everything about its end is known. */
export interface RunOutcome {
  readonly runId: string;
  /** 0 for a process that there never was. */
  readonly pid: number;
  readonly startedAt: Date;
  readonly status: ExitStatus;
  /** What the exit policy judges. */
  readonly exit: WorkerExit;
  /** Spawn to `ready`; null when it never got ready. */
  readonly readyMs: number | null;
  /** Who asked for the end; null when nobody did. */
  readonly by: string | null;
  /** Where the report of a hang is; null without one. */
  readonly reportPath: string | null;
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
  };
}
