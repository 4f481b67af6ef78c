import { Status } from 'discord.js';
import type { WorkerDetails } from '../../shared/control/worker-details.js';
import { deadline } from '../../shared/deadline.js';
import { describeError } from '../../shared/errors.js';
import { isoTime } from '../../shared/iso-time.js';
import type { LifecycleRunner, ServiceReport } from '../../shared/lifecycle/index.js';
import { packageVersion } from '../../shared/package.js';
import type { Figures } from '../telemetry/error-reporter.js';
import type { LiveFigures } from '../telemetry/metrics.js';
import type { Application } from './application.js';
import type { Tux } from './tux.js';

/** A second of the two that the supervisor waits. */
const PING_LIMIT_MS = 1_000;

/** What the facts are read from. */
export interface FactSources {
  readonly tux: Tux;
  readonly runner: Pick<LifecycleRunner, 'state' | 'isDegraded' | 'inspect'>;
  readonly runId: string;
  readonly uptimeMs: number;
  /** Worst delay of the event loop of late. */
  readonly lagMs: number;
  /** Messages and interactions dealt with. */
  readonly processed: number;
}

/** The sources of the facts about a bot that has been put together. */
export function factSources({ parts, options, uptimeMs }: Application, tux: Tux, runner: LifecycleRunner): FactSources {
  const processed = parts.telemetry?.metrics.processed ?? 0;
  return { tux, runner, processed, runId: options.runId, uptimeMs, lagMs: parts.heartbeat?.lagMs ?? 0 };
}

/** How things stand, for the metrics. */
export function liveFigures({ tux, runner, uptimeMs, lagMs }: FactSources): LiveFigures {
  const { guilds, pingMs } = tux.gateway.status();
  return {
    state: runner.state,
    uptimeSeconds: uptimeMs / 1_000,
    gatewayPingSeconds: pingMs === null ? null : pingMs / 1_000,
    guilds,
    queueDepth: tux.jobs.depth,
    reminders: tux.reminders.size,
    scheduledDms: tux.scheduledDms.size,
    tasks: tux.tasks.size,
    eventLoopLagSeconds: lagMs / 1_000,
    caches: cacheCounts(tux),
  };
}

/** How large the bot is, for every report to Sentry. */
export function botStatistics(tux: Tux, uptimeMs: number): Figures {
  const { client } = tux.gateway;
  return {
    guild_count: client?.guilds.cache.size ?? 0,
    user_count: client?.users.cache.size ?? 0,
    channel_count: client?.channels.cache.size ?? 0,
    uptime: Math.round(uptimeMs / 1_000),
  };
}

/** How things stand, for `tux status`, `tux ping` and `tux ws-status`. */
export async function workerDetails(sources: FactSources): Promise<WorkerDetails> {
  const { tux, runner, runId, uptimeMs, processed } = sources;
  const { client } = tux.gateway;
  const live = tux.tasks.statistics().filter(({ state }) => state !== 'completed' && state !== 'cancelled');
  return {
    runId,
    version: packageVersion(),
    state: runner.state,
    degraded: runner.isDegraded,
    uptimeMs,
    processed,
    services: runner.inspect().map(describeService),
    cogs: tux.services.cogs.list(),
    tasks: live.map(({ name, state, crashes }) => ({ name, state, crashes })),
    queueDepth: tux.jobs.depth,
    reminders: tux.reminders.size,
    scheduledDms: tux.scheduledDms.size,
    caches: cacheCounts(tux),
    database: await pingDatabase(tux),
    gateway: {
      ...tux.gateway.status(),
      user: client?.user.tag ?? null,
      shards: [...(client?.ws.shards.values() ?? [])].map(({ id, status, ping }) => ({
        id,
        status: Status[status]?.toLowerCase() ?? 'unknown',
        pingMs: ping < 0 ? null : ping, // -1 until the first answer
      })),
    },
  };
}

function describeService({ name, stage, critical, health }: ServiceReport): WorkerDetails['services'][number] {
  const checkedAt = health?.checkedAt ?? null;
  return {
    name,
    stage,
    critical,
    health: health?.status ?? null,
    checkedAt: checkedAt === null ? null : isoTime(checkedAt),
  };
}

function cacheCounts({ services }: Tux): LiveFigures['caches'] {
  return { prefix: services.prefixes.cacheCounts, permissions: services.permissions.cacheCounts };
}

/** How fast the database answers, or why it does not; a second at most. */
export async function pingDatabase({ database }: Tux): Promise<WorkerDetails['database']> {
  try {
    const ping = (signal: AbortSignal) => database.database.ping(signal);
    const latencyMs = await deadline('SELECT 1', PING_LIMIT_MS, ping);
    return { latencyMs: Math.round(latencyMs * 10) / 10, problem: null };
  } catch (error) {
    return { latencyMs: null, problem: describeError(error) };
  }
}
