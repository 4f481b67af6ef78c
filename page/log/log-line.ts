/** One line of the log, taken apart. */
export interface LogLine {
  /** Counts the lines that this page has seen. */
  readonly key: number;
  readonly level: LogLevel;
  /** Milliseconds since the epoch; null when the line does not say. */
  readonly at: number | null;
  /** `supervisor`, `worker`, `sandbox`. */
  readonly source: string;
  /** `noun:verb`, or nothing. */
  readonly event: string;
  readonly message: string;
  /** The other fields, each as text. */
  readonly fields: readonly (readonly [name: string, text: string])[];
  /** What a search looks through, in lower case. */
  readonly searchText: string;
  /** As it came. */
  readonly raw: string;
}

/** The levels of a log line, the least severe first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields that have a place of their own, or that every line has. */
const told = new Set(['level', 'time', 'name', 'event', 'msg', 'pid', 'hostname', 'runId']);

/** Takes a JSON line of `tux.log` apart; what is not JSON is the message itself. */
export function parseLogLine(raw: string, key: number): LogLine {
  const json = parseObject(raw);
  if (json === null) {
    return {
      key,
      level: 'info',
      at: null,
      source: '',
      event: '',
      message: raw,
      fields: [],
      searchText: raw.toLowerCase(),
      raw,
    };
  }
  const at = Date.parse(textOf(json.time));
  return {
    key,
    level: levelOf(json.level),
    at: Number.isNaN(at) ? null : at,
    source: textOf(json.name),
    event: textOf(json.event),
    message: textOf(json.msg),
    fields: Object.entries(json).flatMap(([name, value]) => (told.has(name) ? [] : [[name, readable(value)] as const])),
    searchText: raw.toLowerCase(),
    raw,
  };
}

function parseObject(raw: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(raw);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : null;
  } catch {
    return null;
  }
}

/** pino's numbers: 10 trace, 20 debug … 60 fatal. */
function levelOf(level: unknown): LogLevel {
  const index = Math.floor(Number(level) / 10) - 1;
  return logLevels[Math.min(Math.max(index, 0), logLevels.length - 1)] ?? 'info';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An error by its stack, which has its message; an object as indented JSON. */
function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string') {
    const { stack, ...rest } = value as { stack: string } & Record<string, unknown>;
    const more = Object.entries(rest).filter(([name]) => name !== 'type' && name !== 'message');
    return more.length === 0 ? stack : `${stack}\n${JSON.stringify(Object.fromEntries(more), null, 2)}`;
  }
  return JSON.stringify(value, null, 2);
}
