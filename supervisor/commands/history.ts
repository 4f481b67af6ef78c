import { formatColumns, formatDuration } from '../../shared/cli/format.js';
import { describeExit, type RunRecord } from '../run-history.js';

/** `tux-supervisor history` for people: one run a line, the latest last. */
export function formatHistory(runs: readonly RunRecord[]): string {
  if (runs.length === 0) return 'No run has ended yet.';
  const rows = runs.map((run) => [
    run.endedAt,
    run.class,
    describeExit(run),
    `up ${formatDuration(run.uptimeMs)}`,
    run.readyMs === null ? 'never ready' : `ready after ${formatDuration(run.readyMs)}`,
    run.reportPath === null ? run.reason : `${run.reason} [${run.reportPath}]`,
  ]);
  return formatColumns([['ended', 'class', 'exit', 'uptime', 'start', 'reason'], ...rows]);
}
