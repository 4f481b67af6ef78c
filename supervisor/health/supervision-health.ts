import { formatDuration } from '../../shared/cli/format.js';

/** Beyond the deadlines of a stop: SIGTERM's grace, the report of a hang, and a slow disk. */
const MARGIN_MS = 15_000;

/** What the supervisor itself must keep up with. */
export interface SupervisionFacts {
  /** Null between two runs. */
  readonly worker: {
    /** How long it has said nothing; null before its first heartbeat. */
    readonly silentMs: number | null;
    /** Since its end was decided; null while it is not to end. */
    readonly stoppingMs: number | null;
  } | null;
  /** Silence that makes a hang. */
  readonly hangLimitMs: number;
  readonly stopTimeoutMs: number;
}

/**
 * Whether supervision itself is alive: what `/healthz` answers and what the watchdog of systemd hangs on. A crash, a back-off, a
 * hold and a hang that is being dealt with are healthy supervision; a worker that should be gone and is not, or hangs and
 * nobody does anything, is not. Pure.
 *
 * @returns what is wrong, in words; empty when nothing is.
 */
export function supervisionProblems({ worker, hangLimitMs, stopTimeoutMs }: SupervisionFacts): string[] {
  if (!worker) return [];
  const { silentMs, stoppingMs } = worker;
  if (stoppingMs !== null) {
    const isOverdue = stoppingMs > stopTimeoutMs + MARGIN_MS;
    return isOverdue ? [`the worker should have ended and has not, for ${formatDuration(stoppingMs)}`] : [];
  }
  const isForgotten = silentMs !== null && silentMs > hangLimitMs + MARGIN_MS;
  return isForgotten ? [`the worker hangs, and nothing was done about it for ${formatDuration(silentMs)}`] : [];
}
