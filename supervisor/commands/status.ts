import { formatBytes, formatCount, formatDuration, wrapText } from '../../shared/cli/format.js';
import { describeBuild } from '../../shared/control/build.js';
import type { Status } from '../../shared/control/status.js';
import { describeExit } from '../history/run-history.js';
import { describeSession } from './session-text.js';

type Worker = NonNullable<Status['worker']>;
type Tone = 'good' | 'waiting' | 'bad' | 'plain';

/** One fact: what it is of, and what it is. */
interface Row {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
  /** Something to copy: never broken. */
  readonly isWhole?: boolean;
}

export interface StatusLayout {
  /** Of the terminal, in characters; without one nothing is broken, so that each fact stays one line for `grep`. */
  readonly width?: number | undefined;
  readonly color?: boolean;
}

/** A terminal narrower than this is not worth breaking lines for. */
const MIN_WIDTH = 40;
const GAP = 2;

const COLORS: Readonly<Record<Tone, string>> = { good: '32', waiting: '33', bad: '31', plain: '' };
const DIM = '2';

/** `tux-supervisor status` for people: one fact a line, the most urgent first. Pure. @param now milliseconds since the epoch. */
export function formatStatus(status: Status, now: number, { width, color = false }: StatusLayout = {}): string {
  const rows = [...headRows(status, now), ...workerRows(status), ...supervisorRows(status, now)];
  const labelWidth = Math.max(...rows.map(({ label }) => label.length)) + GAP;
  const textWidth = Math.max(MIN_WIDTH, width ?? Number.POSITIVE_INFINITY) - labelWidth;
  const paint = (text: string, code: string) => (color && code !== '' ? `\x1b[${code}m${text}\x1b[0m` : text);
  const lines = rows.flatMap(({ label, text, tone = 'plain', isWhole = false }) => {
    const parts = isWhole || text.length <= textWidth ? [text] : wrapText(text, textWidth);
    return parts.map((part, index) => {
      const head = (index === 0 ? label : '').padEnd(labelWidth);
      return `${paint(head, DIM)}${paint(part, COLORS[tone])}`;
    });
  });
  return lines.join('\n');
}

/** What it does, and if that is not what it should, why. */
function headRows(status: Status, now: number): Row[] {
  const { state, ready, readiness, hold, backoff, worker } = status;
  const rows: Row[] = [{ label: 'state', text: describeState(status), tone: toneOf(status) }];
  // In every other state the one problem is that state.
  if (state === 'RUNNING' && !ready) {
    rows.push(...readiness.problems.map((problem): Row => ({ label: '', text: `✗ ${problem}`, tone: 'bad' })));
  }
  if (hold) {
    const sooner = 'to start it sooner: tux-supervisor restart --force';
    rows.push({ label: 'held', text: `until ${instant(hold.until, now)}: ${hold.reason}; ${sooner}`, tone: 'bad' });
  }
  if (backoff) {
    rows.push({
      label: 'next start',
      text: `${instant(backoff.until, now)}, after: ${backoff.reason}`,
      tone: 'waiting',
    });
  }
  const starting = (worker?.services ?? []).filter(({ stage }) => stage === 'initializing').map(({ name }) => name);
  if (starting.length > 0) rows.push({ label: 'starting', text: starting.join(', '), tone: 'waiting' });
  return rows;
}

function describeState({ state, ready, worker }: Status): string {
  if (state !== 'RUNNING') return state;
  const serving = ready ? 'RUNNING, ready' : 'RUNNING, not ready';
  return worker?.degraded ? `${serving}, DEGRADED` : serving;
}

function toneOf({ state, ready, worker }: Status): Tone {
  if (state === 'HELD') return 'bad';
  if (state !== 'RUNNING') return 'waiting';
  if (!ready) return 'bad';
  return worker?.degraded ? 'waiting' : 'good';
}

function workerRows({ worker }: Status): Row[] {
  if (!worker) return [];
  const { pid, state, uptimeMs, runId } = worker;
  return [
    { label: 'worker', text: `pid ${pid}, ${state}, up ${formatDuration(uptimeMs)}, run ${runId}` },
    ...gatewayRow(worker),
    ...sessionRow(worker),
    ...databaseRow(worker),
    ...loadRows(worker),
    ...serviceRows(worker),
  ];
}

function gatewayRow({ gateway }: Worker): Row[] {
  if (!gateway) return [];
  const { status, guilds, pingMs, lastDispatchAgeMs, downForMs } = gateway;
  const facts = [
    status === 'ready' ? status : `${status} for ${formatDuration(downForMs)}`,
    formatCount(guilds, 'guild'),
    ...(pingMs === null ? [] : [`ping ${Math.round(pingMs)} ms`]),
    ...(lastDispatchAgeMs === null ? [] : [`last event ${formatDuration(lastDispatchAgeMs)} ago`]),
  ];
  return [{ label: 'gateway', text: facts.join(', '), tone: status === 'ready' ? 'plain' : 'bad' }];
}

function sessionRow({ session }: Worker): Row[] {
  return session ? [{ label: 'session', text: describeSession(session) }] : [];
}

function databaseRow({ databaseProblem, services }: Worker): Row[] {
  // The reason stands among the problems, further up.
  if (databaseProblem !== null) return [{ label: 'database', text: 'does not answer', tone: 'bad' }];
  const isUp = services.some(({ name, stage }) => name === 'database' && stage === 'running');
  return isUp ? [{ label: 'database', text: 'answers' }] : [];
}

function loadRows({ queueDepth, tasks, rssBytes, rssLimitBytes, eventLoopLagMs, heartbeatAgeMs }: Worker): Row[] {
  const rows: Row[] = [];
  if (queueDepth !== null) {
    const work = `${formatCount(queueDepth, 'job')} queued or running, ${formatCount(tasks ?? 0, 'task')}`;
    rows.push({ label: 'work', text: work });
  }
  if (rssBytes !== null) rows.push({ label: 'memory', text: describeMemory(rssBytes, rssLimitBytes) });
  if (eventLoopLagMs !== null && heartbeatAgeMs !== null) {
    const lag = `lag ${Math.round(eventLoopLagMs)} ms, last heartbeat ${formatDuration(heartbeatAgeMs)} ago`;
    rows.push({ label: 'event loop', text: lag });
  }
  return rows;
}

function describeMemory(bytes: number, limit: number | null): string {
  if (limit === null) return formatBytes(bytes);
  return `${formatBytes(bytes)}, ${Math.round((bytes / limit) * 100)} % of the ${formatBytes(limit)} that it may use`;
}

function serviceRows({ services }: Worker): Row[] {
  if (services.length === 0) return [];
  const texts = services.map(({ name, stage, durationMs }) => {
    const took = durationMs === null ? '' : ` (${formatDuration(durationMs)})`;
    return stage === 'running' ? `${name}${took}` : `${name} ${stage}${took}`;
  });
  const failed = services.filter(({ error }) => error !== null);
  const problems = failed.map(({ name, error }): Row => ({ label: '', text: `✗ ${name}: ${error}`, tone: 'bad' }));
  return [{ label: 'services', text: texts.join(', ') }, ...problems];
}

function supervisorRows(status: Status, now: number): Row[] {
  const { supervisor, identifyBudget, nextScheduledRestart, http, sandbox, stateDir } = status;
  const { total, remaining, resetAt } = identifyBudget;
  const upFor = formatDuration(Math.max(0, now - Date.parse(supervisor.startedAt)));
  const rows: Row[] = [
    { label: 'supervisor', text: `pid ${supervisor.pid}, up ${upFor}, version ${supervisor.version}` },
    ...buildRows(status, now),
    ...standbyRow(status.standby),
    { label: 'restarts', text: describeRestarts(status.restarts) },
    ...lastExitRow(status, now),
    {
      label: 'IDENTIFYs',
      text: `${remaining} of ${total} left${resetAt ? `, next back ${instant(resetAt, now)}` : ''}`,
    },
  ];
  if (nextScheduledRestart) rows.push({ label: 'next restart', text: instant(nextScheduledRestart, now) });
  if (http) rows.push({ label: 'web', text: http.problem ?? http.url, ...(http.problem && { tone: 'bad' }) });
  if (sandbox) rows.push({ label: 'sandbox', text: sandbox.apiUrl, isWhole: true });
  rows.push({ label: 'state folder', text: stateDir, isWhole: true });
  return rows;
}

const stages = {
  preflight: 'it is looked at',
  swap: 'it takes over',
  watched: 'it has taken over, and is watched for a minute',
} as const;

function buildRows({ build, deploy }: Status, now: number): Row[] {
  const rows: Row[] = build ? [{ label: 'build', text: describeBuild(build) }] : [];
  if (!deploy) return rows;
  const ago = formatDuration(Math.max(0, now - Date.parse(deploy.since)));
  const text = `${describeBuild(deploy.build)}: ${stages[deploy.stage]}, since ${ago}`;
  return [...rows, { label: 'deploy', text, tone: 'waiting' }];
}

function standbyRow(standby: Status['standby']): Row[] {
  if (!standby) return [];
  const { state, reason, pid, rssBytes, preparedMs } = standby;
  const facts = [
    state === 'waiting' ? 'none yet' : state,
    ...(reason === null ? [] : [reason]),
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(rssBytes === null ? [] : [formatBytes(rssBytes)]),
    ...(preparedMs === null ? [] : [`prepared in ${formatDuration(preparedMs)}`]),
  ];
  return [{ label: 'standby', text: facts.join(', ') }];
}

function describeRestarts({ planned, crash, hang, failedStart, limit }: Status['restarts']): string {
  return [
    `${planned} planned`,
    formatCount(crash, 'crash', 'crashes'),
    formatCount(hang, 'hang'),
    formatCount(failedStart, 'failed start'),
    formatCount(limit, 'limit'),
  ].join(', ');
}

function lastExitRow({ lastExit }: Status, now: number): Row[] {
  if (!lastExit) return [];
  const { class: runClass, code, signal, reason, at } = lastExit;
  const ago = formatDuration(Math.max(0, now - Date.parse(at)));
  return [{ label: 'last exit', text: `${ago} ago, ${runClass} (${describeExit({ code, signal })}): ${reason}` }];
}

/** `2026-01-02T01:00:00Z (in 1 h)`: milliseconds tell people nothing. */
function instant(iso: string, now: number): string {
  return `${iso.replace(/\.\d+Z$/, 'Z')} (in ${formatDuration(Math.max(0, Date.parse(iso) - now))})`;
}
