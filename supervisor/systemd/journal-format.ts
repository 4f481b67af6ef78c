import { fstatSync } from 'node:fs';

/** Priorities of syslog by levels of the log, see sd-daemon(3). */
const PRIORITIES: readonly (readonly [level: number, priority: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
];
const DEBUG_PRIORITY = 7;

interface Line {
  readonly level?: unknown;
  readonly msg?: unknown;
  readonly hint?: unknown;
  readonly err?: { readonly stack?: unknown; readonly message?: unknown };
}

/**
 * Whether a stream leads to the journal: systemd says in JOURNAL_STREAM which file it is (device:inode), because a child with
 * another stdout inherits the variable too, see systemd.exec(5).
 */
export function isJournal(fd: number, journalStream: string | undefined): boolean {
  if (!journalStream) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false; // closed
  }
}

/**
 * Turns a JSON log line into what the journal takes: the sentence, and the stack of an error where there is one, each line
 * with its priority in front (`<3>`). No time and no colour: the journal has its own.
 */
export function journalFormat(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const text = [entry.msg, entry.hint, entry.err?.stack ?? entry.err?.message].filter(isText).join('\n');
  const prefix = `<${priorityOf(entry.level)}>`;
  const lines = text.split('\n').filter((one) => one.trim() !== '');
  return lines.map((one) => `${prefix}${one}\n`).join('');
}

function priorityOf(level: unknown): number {
  const found = PRIORITIES.find(([from]) => typeof level === 'number' && level >= from);
  return found?.[1] ?? DEBUG_PRIORITY;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function parse(line: string): Line | undefined {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
