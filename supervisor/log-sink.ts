import type { Writable } from 'node:stream';
import { redact } from '../shared/redact.js';
import { RotatingFile } from './rotating-file.js';

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const KEPT_LOGS = 5;
/** Lines of a run that a crash record shows. */
const LAST_LINES = 200;
/** A terminal or pipe that nobody reads (`| less`) must not cost memory without end: beyond this it misses lines. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export interface LogSinkOptions {
  readonly path: string;
  readonly secrets: readonly string[];
  /** The terminal or the journal. */
  readonly output: Writable;
  /** Makes a JSON line readable; null passes JSON through (no terminal). */
  readonly pretty: ((line: string) => string) | null;
}

/**
 * Where every line ends up, the supervisor's and the worker's: `logs/tux.log` as JSON, the terminal, and a ring of the
 * run's last lines for the crash record. The only writer of the file while a supervisor runs.
 */
export class LogSink {
  readonly #options: LogSinkOptions;
  readonly #file: RotatingFile;
  #lastLines: string[] = [];

  constructor(options: LogSinkOptions) {
    this.#options = options;
    this.#file = new RotatingFile({ path: options.path, maxBytes: MAX_LOG_BYTES, keep: KEPT_LOGS });
    options.output.on('error', () => {}); // the terminal is gone: the file goes on
  }

  /** A JSON line of the supervisor's own logger. */
  write(line: string): void {
    this.#emit(line.endsWith('\n') ? line : `${line}\n`);
  }

  /** A line of the worker's output. What is not JSON (a stack of Node itself, a stray print) becomes a log line. */
  writeFromWorker(stream: 'stdout' | 'stderr', line: string, runId: string): void {
    if (line === '') return;
    const clean = redact(line, this.#options.secrets);
    this.#remember(clean);
    this.#emit(`${isLogLine(clean) ? clean : wrap(stream, clean, runId)}\n`);
  }

  /** The last lines of the run, oldest first. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** A new run begins: what the old one said is its own. */
  forgetLastLines(): void {
    this.#lastLines = [];
  }

  close(): void {
    this.#file.close();
  }

  #remember(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
  }

  #emit(line: string): void {
    this.#file.write(line);
    const { output, pretty } = this.#options;
    if (output.writable && output.writableLength < MAX_UNREAD_BYTES)
      output.write(pretty === null ? line : pretty(line));
  }
}

/** The worker's log lines are JSON objects; `{ a: 1 }`, as console.log() prints one, is not. */
function isLogLine(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function wrap(stream: 'stdout' | 'stderr', line: string, runId: string): string {
  const level = stream === 'stderr' ? 40 : 30;
  const time = new Date().toISOString();
  return JSON.stringify({ level, time, name: 'worker', runId, event: `worker:${stream}`, msg: line });
}
