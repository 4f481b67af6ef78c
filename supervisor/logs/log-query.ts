import { LOG_LEVELS } from './levels.js';
import { parseLine } from './readable-line.js';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Which lines of the log are wanted; without a condition, all. */
export interface LogQuery {
  /** Least severe level, as a number. */
  readonly minLevel?: number | undefined;
  /** Wall-clock ms. */
  readonly since?: number | undefined;
  /** The beginning or the end of a run's id is enough. */
  readonly runId?: string | undefined;
}

/** Decides about one line. What is no JSON object (a line that was torn) fits only where there is no condition. */
export function logFilter({ minLevel, since, runId }: LogQuery): (line: string) => boolean {
  if (minLevel === undefined && since === undefined && runId === undefined) return () => true;
  const wanted = runId?.toUpperCase();
  return (line) => {
    const entry = parseLine(line);
    if (entry === null) return false;
    if (minLevel !== undefined && levelOf(entry) < minLevel) return false;
    if (since !== undefined && !(timeOf(entry) >= since)) return false;
    return wanted === undefined || isRun(entry.runId, wanted);
  };
}

/**
 * Reads `90s`, `10m`, `2h`, `3d`, `1w` as so long before `now`, and anything that `Date.parse` knows as that instant.
 *
 * @returns wall-clock ms, or null when `text` is something else.
 */
export function parseSince(text: string, now: number): number | null {
  const span = /^(\d{1,9})\s*([smhdw])$/i.exec(text.trim());
  if (span !== null) return now - Number(span[1]) * (UNITS_MS[span[2]?.toLowerCase() ?? ''] ?? 0);
  const at = /\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** A stray JSON object of the worker has no level; it was something to say. */
function levelOf({ level }: Readonly<Record<string, unknown>>): number {
  return typeof level === 'number' ? level : LOG_LEVELS.info;
}

/** NaN for a line without a time. */
function timeOf({ time }: Readonly<Record<string, unknown>>): number {
  return typeof time === 'string' ? Date.parse(time) : Number.NaN;
}

function isRun(runId: unknown, wanted: string): boolean {
  if (typeof runId !== 'string') return false;
  const own = runId.toUpperCase();
  return own.startsWith(wanted) || own.endsWith(wanted);
}
