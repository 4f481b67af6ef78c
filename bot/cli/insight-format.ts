import { formatColumns, formatCount, formatDuration } from '../../shared/cli/format.js';
import type { WorkerDetails } from '../../shared/control/worker-details.js';

type Gateway = WorkerDetails['gateway'];

/** `tux status` for people: one fact a line. */
export function formatDetails(details: WorkerDetails): string {
  const { gateway, services, tasks, queueDepth, reminders, scheduledDms } = details;
  const degraded = details.degraded ? ', DEGRADED' : '';
  const who = gateway.user ?? 'not logged in';
  return formatColumns([
    ['bot', `${who}, ${details.state}${degraded}, up ${formatDuration(details.uptimeMs)}, version ${details.version}`],
    ['run', details.runId],
    ['services', services.map(describeService).join(', ')],
    ['gateway', describeGateway(gateway)],
    ['database', describeDatabase(details)],
    ['work', `${formatCount(queueDepth, 'job')} queued or running, ${formatCount(tasks.length, 'task')}`],
    ['later', `${formatCount(reminders, 'reminder')}, ${formatCount(scheduledDms, 'scheduled DM')}`],
    ['tasks', tasks.map(describeTask).join(', ') || 'none'],
    ['caches', Object.entries(details.caches).map(describeCache).join(', ')],
    ['handled', formatCount(details.processed, 'message or interaction', 'messages and interactions')],
  ]);
}

/** `tux ping` for people. */
export function formatPing(details: WorkerDetails): string {
  const { gateway, database } = details;
  const sign = (isGood: boolean) => (isGood ? '✅' : '❌');
  return [
    `${sign(gateway.status === 'ready')} Discord: ${describeGateway(gateway)}`,
    `${sign(database.problem === null)} Database: ${describeDatabase(details)}`,
  ].join('\n');
}

/** `tux ws-status` for people. */
export function formatConnection({ gateway }: WorkerDetails): string {
  const shards = gateway.shards.map(({ id, status, pingMs }) => [`shard ${id}`, `${status}, ${inMs(pingMs)}`]);
  return formatColumns([
    ['gateway', describeGateway(gateway)],
    ['logged in as', gateway.user ?? 'nobody'],
    ['last event', ago(gateway.lastDispatchAgeMs)],
    ['last heartbeat answered', ago(gateway.lastAckAgeMs)],
    ...shards,
  ]);
}

function describeGateway({ status, guilds, pingMs, downForMs }: Gateway): string {
  const since = downForMs > 0 ? ` for ${formatDuration(downForMs)}` : '';
  return `${status}${since}, ${formatCount(guilds, 'guild')}, ${inMs(pingMs)}`;
}

function describeDatabase({ database }: WorkerDetails): string {
  return database.latencyMs === null ? (database.problem ?? 'no answer') : `answers in ${database.latencyMs} ms`;
}

function describeService({ name, stage, health }: WorkerDetails['services'][number]): string {
  return `${name} ${stage}${health === 'failing' ? ' (fails its health check)' : ''}`;
}

function describeTask({ name, state, crashes }: WorkerDetails['tasks'][number]): string {
  return `${name} ${state}${crashes === 0 ? '' : ` (crashed ${formatCount(crashes, 'time')})`}`;
}

function describeCache([name, { hits, misses }]: [string, { hits: number; misses: number }]): string {
  const lookups = hits + misses;
  return lookups === 0 ? `${name} not used yet` : `${name} ${Math.round((100 * hits) / lookups)} % of ${lookups} hit`;
}

function inMs(ping: number | null): string {
  return ping === null ? 'no ping yet' : `ping ${Math.round(ping)} ms`;
}

function ago(ageMs: number | null): string {
  return ageMs === null ? 'never' : `${formatDuration(ageMs)} ago`;
}
