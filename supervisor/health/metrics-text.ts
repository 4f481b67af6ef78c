import type { Status } from '../../shared/control/status.js';
import type { SessionTotals } from './session-tally.js';

/** The content type of metrics, as Prometheus expects it of its text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What the supervisor knows at this moment. */
export interface SupervisorFigures {
  readonly status: Status;
  /** How many workers got ready since this supervisor started. */
  readonly readyCount: number;
  /** How the runs came by their gateway sessions. */
  readonly sessions: SessionTotals;
  /** How many standbys were started since then. */
  readonly standbyStarts: number;
  /** Whether the worker gave its own figures. */
  readonly isWorkerAnswering: boolean;
  /** Whether supervision itself is well, as `/healthz` says. */
  readonly isHealthy: boolean;
  /** Memory of the supervisor. */
  readonly rssBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Sample = readonly [labels: string, value: number];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const STATES: readonly Status['state'][] = ['STARTING', 'RUNNING', 'RESTARTING', 'BACKOFF', 'HELD', 'STOPPING'];

/**
 * The supervisor's own figures in Prometheus' text format, which is simple enough to be written by hand. A figure that there is
 * none of at the moment (the memory of no worker) is left out, as Prometheus wants it.
 */
export function supervisorMetrics(figures: SupervisorFigures): string {
  const families = [serving, supervision, ends, standby, worker, sessions, budget];
  return families
    .flatMap((family) => family(figures))
    .filter(({ samples }) => samples.length > 0)
    .map(write)
    .join('');
}

function serving({ status, isWorkerAnswering, isHealthy }: SupervisorFigures): Family[] {
  const states: Sample[] = STATES.map((state) => [`{state="${state}"}`, Number(state === status.state)]);
  return [
    gauge('tux_ready', '1 when Tux serves, as /readyz says', Number(status.ready)),
    gauge('tux_supervision_healthy', '1 when supervision itself is well, as /healthz says', Number(isHealthy)),
    { name: 'tux_supervisor_state', type: 'gauge', help: '1 for what supervision is doing', samples: states },
    gauge('tux_worker_up', '1 when the worker gave its figures', Number(isWorkerAnswering)),
  ];
}

function supervision({ status, rssBytes, now }: SupervisorFigures): Family[] {
  const { hold, backoff, nextScheduledRestart, supervisor } = status;
  const startedAt = Date.parse(supervisor.startedAt);
  const waitsUntil = hold?.until ?? backoff?.until ?? null;
  return [
    gauge('tux_supervisor_hold', '1 while restarts are held', Number(hold !== null)),
    gauge('tux_supervisor_backoff', '1 while the next start waits', Number(backoff !== null)),
    gauge('tux_next_start_timestamp_seconds', 'When a hold or a back-off ends', inSeconds(waitsUntil)),
    gauge('tux_next_scheduled_restart_timestamp_seconds', 'Next planned restart', inSeconds(nextScheduledRestart)),
    gauge('tux_supervisor_startup_timestamp', 'When the supervisor started, in Unix seconds', startedAt / 1_000),
    gauge('tux_supervisor_uptime_seconds', 'How long the supervisor runs', Math.max(0, now - startedAt) / 1_000),
    gauge('tux_supervisor_memory_bytes', 'Resident memory of the supervisor', rssBytes),
  ];
}

function ends({ status: { restarts, lastExit }, readyCount }: SupervisorFigures): Family[] {
  const { planned, crash, hang, failedStart, limit } = restarts;
  const byClass: Sample[] = Object.entries({ planned, crash, hang, failed_start: failedStart, limit }).map(
    ([name, count]) => [`{class="${name}"}`, count],
  );
  const total = planned + crash + hang + failedStart + limit;
  const last: Sample[] = lastExit ? [[`{class="${label(lastExit.class)}"}`, Date.parse(lastExit.at) / 1_000]] : [];
  return [
    counter('worker_startups_total', 'Workers that got ready', [['', readyCount]]),
    counter('worker_shutdowns_total', 'Workers that ended and were replaced', [['', total]]),
    counter('tux_supervisor_restarts_total', 'Restarts, by what led to them', byClass),
    { name: 'tux_last_exit_timestamp_seconds', type: 'gauge', help: 'When a worker last ended', samples: last },
  ];
}

function standby({ status, standbyStarts }: SupervisorFigures): Family[] {
  const { state, rssBytes } = status.standby ?? { state: 'off', rssBytes: null };
  return [
    gauge('tux_standby_ready', '1 when a standby could take over at once', Number(state === 'ready')),
    counter('tux_standby_starts_total', 'Standbys that were started', [['', standbyStarts]]),
    gauge('tux_standby_memory_bytes', 'Resident memory of the standby', rssBytes),
  ];
}

/** From its last heartbeat: known also while it does not answer. */
function worker({ status }: SupervisorFigures): Family[] {
  const run = status.worker;
  return [
    gauge('tux_worker_uptime_seconds', 'How long this run of the worker lasts', seconds(run?.uptimeMs)),
    gauge('tux_worker_heartbeat_age_seconds', 'Since its last heartbeat', seconds(run?.heartbeatAgeMs)),
    gauge('tux_worker_memory_bytes', 'Resident memory of the worker', run?.rssBytes),
    gauge('tux_worker_memory_limit_bytes', 'Memory above which it is restarted', run?.rssLimitBytes),
    gauge('tux_gateway_event_age_seconds', 'Since the last event of Discord', seconds(run?.gateway?.lastDispatchAgeMs)),
    gauge('tux_gateway_ack_age_seconds', 'Since Discord last acknowledged', seconds(run?.gateway?.lastAckAgeMs)),
  ];
}

function sessions({
  sessions: { resumed, identified, replayed, suppressed, stale, gapMs },
}: SupervisorFigures): Family[] {
  const fresh = Object.entries(identified).map(
    ([reason, count]): Sample => [`{how="identified",reason="${label(reason)}"}`, count],
  );
  const byHow: Sample[] = [['{how="resumed",reason=""}', resumed], ...fresh];
  return [
    counter('tux_gateway_sessions_total', 'How workers came by their gateway session', byHow),
    counter('tux_gateway_events_replayed_total', 'Events that Discord repeated after a restart', [['', replayed]]),
    counter('tux_gateway_events_suppressed_total', 'Those that had been dealt with already', [['', suppressed]]),
    counter('tux_interactions_stale_total', 'Interactions that came too late to be answered', [['', stale]]),
    gauge('tux_gateway_gap_seconds', 'From the last event of one worker to the first of the next', seconds(gapMs)),
  ];
}

function budget({ status: { identifyBudget } }: SupervisorFigures): Family[] {
  return [
    gauge('tux_identify_remaining', 'IDENTIFYs that are left of the day', identifyBudget.remaining),
    gauge('tux_identify_budget', 'IDENTIFYs of a day', identifyBudget.total),
  ];
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}

function gauge(name: string, help: string, value: number | null | undefined): Family {
  return { name, type: 'gauge', help, samples: value === null || value === undefined ? [] : [['', value]] };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'counter', help, samples };
}

function inSeconds(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso) / 1_000;
}

/** `failed-start` is `failed_start`, as in the restarts by class. */
function label(runClass: string): string {
  return runClass.replaceAll('-', '_');
}

function write({ name, type, help, samples }: Family): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
