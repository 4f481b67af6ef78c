import { formatBytes } from '../../shared/cli/format.js';
import type { Environment } from '../../shared/config/schema.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';

/** Heartbeats in a row above the limit: a peak that garbage collection takes back is no reason. */
const MEMORY_BEATS = 3;
const LAG_BEATS = 6;

const MB = 1_000_000;
/** Of what a control group allows the worker may use this share, as caches and other processes count there, too … */
const CGROUP_SHARE = 0.9;
/** … less this, which is for the supervisor. */
const SUPERVISOR_BYTES = 64 * MB;
/**
 * Tux needs about 180 MB, and 270 MB with its own database: a limit near to that would end it over and over, although it fits into
 * what the control group allows.
 */
const SMALLEST_DEFAULT_BYTES = { alone: 240 * MB, withDatabase: 360 * MB } as const;

/** What a worker may use; beyond it, it is restarted. */
export interface Limits {
  /** Resident memory; null without a limit. */
  readonly rssBytes: number | null;
  /** Delay of the event loop; null without a limit. */
  readonly lagMs: number | null;
}

/** What the settings and the control group make of it. @param cgroupBytes what the control group allows; null without a limit. */
export function limitsOf(
  env: Pick<Environment, 'TUX_MAX_RSS_MB' | 'TUX_MAX_LAG_MS' | 'DATABASE_URL'>,
  cgroupBytes: number | null,
): Limits {
  return {
    rssBytes: env.TUX_MAX_RSS_MB === undefined ? defaultRssBytes(env, cgroupBytes) : env.TUX_MAX_RSS_MB * MB,
    lagMs: env.TUX_MAX_LAG_MS === 0 ? null : env.TUX_MAX_LAG_MS,
  };
}

function defaultRssBytes(
  { DATABASE_URL }: Pick<Environment, 'DATABASE_URL'>,
  cgroupBytes: number | null,
): number | null {
  if (cgroupBytes === null) return null;
  const { alone, withDatabase } = SMALLEST_DEFAULT_BYTES;
  const bytes = Math.round(cgroupBytes * CGROUP_SHARE) - SUPERVISOR_BYTES;
  return bytes < (DATABASE_URL === undefined ? withDatabase : alone) ? null : bytes;
}

/** Heartbeats in a row that were above each limit. */
export interface Excess {
  readonly rss: number;
  readonly lag: number;
}

/** No heartbeat was above a limit: that of a worker that has just begun. */
export const noExcess: Excess = { rss: 0, lag: 0 };

/**
 * Judges one more heartbeat. Pure.
 *
 * @returns the excess to go on with, and why the worker has to be restarted; null while it need not.
 */
export function judgeLimits(
  excess: Excess,
  { rssBytes, eventLoopLagMs }: Pick<Heartbeat, 'rssBytes' | 'eventLoopLagMs'>,
  limits: Limits,
): { excess: Excess; breach: string | null } {
  const isAbove = (value: number, limit: number | null) => limit !== null && value > limit;
  const next = {
    rss: isAbove(rssBytes, limits.rssBytes) ? excess.rss + 1 : 0,
    lag: isAbove(eventLoopLagMs, limits.lagMs) ? excess.lag + 1 : 0,
  };
  return { excess: next, breach: breachOf(next, { rssBytes, eventLoopLagMs }, limits) };
}

function breachOf(
  excess: Excess,
  { rssBytes, eventLoopLagMs }: Pick<Heartbeat, 'rssBytes' | 'eventLoopLagMs'>,
  limits: Limits,
): string | null {
  if (excess.rss >= MEMORY_BEATS && limits.rssBytes !== null) {
    return `it uses ${formatBytes(rssBytes)} of memory, the limit is ${formatBytes(limits.rssBytes)}`;
  }
  if (excess.lag >= LAG_BEATS) {
    return `its event loop lags by ${Math.round(eventLoopLagMs)} ms, the limit is ${limits.lagMs} ms`;
  }
  return null;
}
