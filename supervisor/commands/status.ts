import { formatBytes, formatColumns, formatDuration } from '../../shared/cli/format.js';
import type { Status } from '../../shared/control/status.js';
import { describeExit } from '../run-history.js';

/** `tux-supervisor status` for people: one fact a line, the most urgent first. */
export function formatStatus(status: Status, now: number): string {
  const { supervisor, identifyBudget: budget, restarts } = status;
  const until = (iso: string) => `${iso} (in ${formatDuration(Math.max(0, Date.parse(iso) - now))})`;
  const rows: string[][] = [['state', status.ready ? `${status.state}, ready` : status.state]];
  if (status.hold) rows.push(['held', `${status.hold.reason}, until ${until(status.hold.until)}`]);
  if (status.backoff) rows.push(['next start', `${until(status.backoff.until)}, after: ${status.backoff.reason}`]);
  if (status.worker) rows.push(...workerRows(status.worker));
  const upFor = formatDuration(now - Date.parse(supervisor.startedAt));
  rows.push(['supervisor', `pid ${supervisor.pid}, up ${upFor}, version ${supervisor.version}`]);
  rows.push([
    'restarts',
    `${restarts.planned} planned, ${restarts.crash} crash, ${restarts.hang} hang, ${restarts.failedStart} failed start`,
  ]);
  const reset = budget.resetAt ? `, next back ${until(budget.resetAt)}` : '';
  rows.push(['IDENTIFY budget', `${budget.remaining} of ${budget.total} left${reset}`]);
  if (status.lastExit) {
    const { class: runClass, code, signal, reason, at } = status.lastExit;
    rows.push(['last exit', `${runClass} (${describeExit({ code, signal })}) at ${at}: ${reason}`]);
  }
  if (status.sandbox) rows.push(['sandbox', status.sandbox.apiUrl]);
  rows.push(['state folder', status.stateDir]);
  return formatColumns(rows);
}

function workerRows(worker: NonNullable<Status['worker']>): string[][] {
  const degraded = worker.degraded ? ', DEGRADED' : '';
  const rows = [
    [
      'worker',
      `pid ${worker.pid}, ${worker.state}${degraded}, up ${formatDuration(worker.uptimeMs)}, run ${worker.runId}`,
    ],
  ];
  if (worker.gateway) {
    const { status, guilds, pingMs } = worker.gateway;
    rows.push([
      'gateway',
      `${status}, ${guilds} guild${guilds === 1 ? '' : 's'}${pingMs === null ? '' : `, ping ${pingMs} ms`}`,
    ]);
  }
  if (worker.queueDepth !== null)
    rows.push(['work', `${worker.queueDepth} jobs queued or running, ${worker.tasks ?? 0} tasks`]);
  if (worker.rssBytes !== null) {
    rows.push([
      'load',
      `${formatBytes(worker.rssBytes)} memory, loop lag ${Math.round(worker.eventLoopLagMs ?? 0)} ms`,
    ]);
  }
  const services = worker.services.map(
    ({ name, stage, durationMs }) => `${name} ${stage}${durationMs === null ? '' : ` (${formatDuration(durationMs)})`}`,
  );
  if (services.length > 0) rows.push(['services', services.join(', ')]);
  for (const { name, error } of worker.services) if (error) rows.push([`  ${name}`, error]);
  return rows;
}
