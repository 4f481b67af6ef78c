import type { Environment } from '../../shared/config/schema.js';

const MEGABYTE = 1_000_000;
const DAY_MS = 86_400_000;

/** However small they are: so many old records of crashes and reports are enough. */
const MAX_FILES: Readonly<Record<LogFileKind, number>> = { log: Number.POSITIVE_INFINITY, crash: 10, report: 50 };

/** What must go first when there is no room: what says least about trouble. */
const GOES_FIRST: readonly LogFileKind[] = ['log', 'crash', 'report'];

/** `log`: `tux.log` and what was put aside of it. `crash`: the same of `crash.log`. `report`: of a hang. */
export type LogFileKind = 'log' | 'crash' | 'report';

/** A file of the log folder. */
export interface LogFile {
  readonly path: string;
  readonly kind: LogFileKind;
  readonly bytes: number;
  /** When it was finished, wall-clock ms; null while it is still written to. */
  readonly finishedAt: number | null;
}

/** How much room the log folder may take, and for how long its files are kept. */
export interface LogLimits {
  /** Size at which a file is put aside. */
  readonly maxFileBytes: number;
  /** Age at which what was put aside is deleted. */
  readonly keepMs: number;
  /** All files together. */
  readonly totalBytes: number;
}

type LogSettings = Pick<Environment, 'TUX_LOG_MAX_MB' | 'TUX_LOG_KEEP_DAYS' | 'TUX_LOG_TOTAL_MB'>;

/** The limits that the settings come to. No file takes more than a quarter of the total, whatever its own limit. */
export function logLimits(env: LogSettings): LogLimits {
  const totalBytes = env.TUX_LOG_TOTAL_MB * MEGABYTE;
  return {
    maxFileBytes: Math.min(env.TUX_LOG_MAX_MB * MEGABYTE, totalBytes / 4),
    keepMs: env.TUX_LOG_KEEP_DAYS * DAY_MS,
    totalBytes,
  };
}

/** Whether a file has to be put aside before `bytes` more are written to it. */
export function isFull(file: { readonly bytes: number }, bytes: number, limits: LogLimits): boolean {
  return file.bytes > 0 && file.bytes + bytes > limits.maxFileBytes;
}

/** Whether a file that was last written to at one instant belongs to an earlier day (UTC, as the lines say it) than another. */
export function isOfEarlierDay(writtenAt: number, now: number): boolean {
  return Math.floor(writtenAt / DAY_MS) < Math.floor(now / DAY_MS);
}

/**
 * Which files have to go. Pure: same facts, same answer. Too old: all of them. Too many or too large together: the oldest
 * first, logs before crash records before reports. Files that are still written to stay, and leave room for what `tux.log`
 * may yet become, so that the total holds until the next time somebody looks.
 */
export function filesToDelete(files: readonly LogFile[], now: number, limits: LogLimits): LogFile[] {
  const writtenTo = files.filter(({ finishedAt }) => finishedAt === null);
  const finished = files.filter(isFinished).sort((one, other) => one.finishedAt - other.finishedAt);
  const young = finished.filter(({ finishedAt }) => finishedAt >= now - limits.keepMs);
  const staying = GOES_FIRST.flatMap((kind) => young.filter((file) => file.kind === kind).slice(-MAX_FILES[kind]));
  const reserved = writtenTo.map(({ kind, bytes }) => (kind === 'log' ? Math.max(bytes, limits.maxFileBytes) : bytes));
  let total = sum(reserved) + sum(staying.map(({ bytes }) => bytes));
  while (total > limits.totalBytes && staying.length > 0) total -= staying.shift()?.bytes ?? 0;
  return finished.filter((file) => !staying.includes(file));
}

function isFinished(file: LogFile): file is LogFile & { finishedAt: number } {
  return file.finishedAt !== null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
