import { levelName } from './levels.js';

/** Longer than that, a sentence or a field is cut; the whole of it is in tux.log. In characters. */
const MAX_SENTENCE = 2_000;
const MAX_FIELD = 200;
const MAX_STACK_LINES = 100;
/** Causes of causes. */
const MAX_CAUSES = 20;

/** An error as pino writes it. */
interface LoggedError {
  readonly type?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

/**
 * A JSON log line as text for people: time, level, sentence, event, the other fields, and below it the stack of its error.
 * Unlike the form of the terminal it leaves out nothing, and needs no library. A line that is no JSON object stays as it is.
 */
export function readableLine(line: string): string[] {
  const entry = parseLine(line);
  if (entry === null) return [cut(line, MAX_SENTENCE)];
  const { time, level, msg, event, err, name: _name, runId: _runId, ...rest } = entry;
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${cut(textOf(value), MAX_FIELD)}`);
  const head = [time, levelName(level)?.toUpperCase().padEnd(5) ?? level, msg, event && `[${event}]`, ...fields];
  const sentence = head
    .filter((part) => part !== undefined && part !== '')
    .map(plain)
    .join(' ');
  const [first = '', ...others] = cut(sentence, MAX_SENTENCE).split('\n');
  return [first, ...[...others, ...(isObject(err) ? errorLines(err) : [])].map((below) => `    ${below}`)];
}

/** An error of a log line with what caused it, as Node would print it. */
export function errorLines({ type, message, stack, cause }: LoggedError, causesLeft = MAX_CAUSES): string[] {
  const own =
    typeof stack === 'string'
      ? stack.split('\n')
      : [`${plain(type ?? 'Error')}: ${plain(message ?? '(without a message)')}`];
  const [first = '', ...others] = isObject(cause) && causesLeft > 0 ? errorLines(cause, causesLeft - 1) : [];
  const all = first === '' ? own : [...own, `caused by ${first}`, ...others];
  if (all.length <= MAX_STACK_LINES) return all;
  return [...all.slice(0, MAX_STACK_LINES), `… ${all.length - MAX_STACK_LINES} more lines`];
}

/** The fields of a JSON log line; null for anything else. */
export function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    const parsed: unknown = JSON.parse(line);
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

/** A program may print anything: `String` fails for an object that calls something of its own `toString`. */
function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
