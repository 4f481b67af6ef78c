import type { WorkerExit } from './exit-policy.js';
import type { ExitStatus } from './worker-process.js';

/** How one run of the worker went, once it is reaped and everything about its end is known. */
export interface RunOutcome {
  readonly runId: string;
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
