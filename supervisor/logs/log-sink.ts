import type { Writable } from 'node:stream';
import { describeError } from '../../shared/errors.js';
import { isoTime } from '../../shared/iso-time.js';
import { lossNotice } from '../../shared/logging/loss-notice.js';
import { redact } from '../../shared/redact.js';
import type { LogFolder } from './log-folder.js';
import { RecentLines } from './recent-lines.js';
import { RotatingFile } from './rotating-file.js';

/** Lines of a run that a crash record shows. */
const LAST_LINES = { maxLines: 200, maxBytes: 1024 * 1024 };
/** Lines of everybody that are at hand without reading a file. */
const RECENT_LINES = { maxLines: 500, maxBytes: 256 * 1024 };
/** A terminal or pipe that nobody reads (`| less`) must not cost memory without end: beyond this it misses lines. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Nobody reads a longer line, and looking for secrets in it would hold up supervision. In characters. */
const MAX_LINE = 256 * 1024;
/** Looked through beyond that, so that no half of a secret stays at the end. */
const LOOK_AHEAD = 4 * 1024;

export interface LogSinkOptions {
  /** Where `tux.log` is. */
  readonly folder: LogFolder;
  /** Literals that must not appear; the list may grow. */
  readonly secrets: readonly string[];
  /** The terminal or the journal. */
  readonly output: Writable;
  /** Makes a JSON line readable; null passes JSON through (no terminal). */
  readonly pretty: ((line: string) => string) | null;
}

/**
 * Where every line ends up, the supervisor's and the worker's: `logs/tux.log` as JSON, the terminal, a ring of each run's
 * last lines for the crash record and one of everybody's recent lines. The only writer of the file while a supervisor runs.
 */
export class LogSink {
  /** Where its file is. */
  readonly folder: LogFolder;
  readonly #options: LogSinkOptions;
  readonly #file: RotatingFile;
  /** Of each run that has not been forgotten. */
  readonly #lastLines = new Map<string, RecentLines>();
  readonly #recent = new RecentLines(RECENT_LINES);
  readonly #listeners = new Set<(line: string) => void>();

  constructor(options: LogSinkOptions) {
    this.#options = options;
    const { folder } = options;
    this.folder = folder;
    this.#file = new RotatingFile({
      path: folder.paths.log,
      folder,
      lossNotice: (lost) => this.#lossNotice(lost),
    });
    options.output.on('error', () => {}); // the terminal is gone: the file goes on
  }

  /** A JSON line of the supervisor's own logger. */
  write(line: string): void {
    this.#emit(line.endsWith('\n') ? line.slice(0, -1) : line);
  }

  /**
   * A line of the output of a worker, or of a standby, whose lines are marked. What is not JSON (a stack of Node itself, a stray
   * print) becomes a log line.
   */
  writeFromWorker(stream: 'stdout' | 'stderr', line: string, runId: string, isStandby = false): void {
    if (line === '') return;
    const clean = this.#clean(line);
    this.#remember(runId, clean);
    const logLine = isLogLine(clean) ? clean : this.#wrap(stream, clean, runId);
    this.#emit(isStandby ? logLine.replace(/^\{(?=\s*")/, '{"standby":true,') : logLine);
  }

  /** The last lines of a run, oldest first. */
  lastLinesOf(runId: string): readonly string[] {
    return this.#lastLines.get(runId)?.last() ?? [];
  }

  /** Nobody will ask for the last lines of this run any more. */
  forgetRun(runId: string): void {
    this.#lastLines.delete(runId);
  }

  /** The last lines of supervisor and worker, as JSON and without secrets, oldest first; at most 500 and 256 KiB. */
  recent(count: number): readonly string[] {
    return this.#recent.last(count);
  }

  /**
   * Calls `listener` with each line from now on, as JSON without its line break. What it throws is lost: a reader must not
   * keep lines from the file.
   *
   * @returns what ends that.
   */
  subscribe(listener: (line: string) => void): () => void {
    const own = (line: string) => listener(line); // whoever subscribes twice hears twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  close(): void {
    this.#file.close();
  }

  /** @param line without its line break. */
  #emit(line: string): void {
    const lost = this.#file.dropped;
    this.#file.write(`${line}\n`);
    if (lost > 0 && this.#file.dropped === 0) this.#show(this.#lossNotice(lost).trimEnd()); // the file has it already
    if (lost === 0 && this.#file.dropped > 0) this.#show(this.#failureNotice());
    this.#show(line);
  }

  /** Everywhere but in the file. */
  #show(line: string): void {
    const whole = `${line}\n`;
    this.#recent.push(line);
    const { output, pretty } = this.#options;
    if (output.writable && output.writableLength < MAX_UNREAD_BYTES)
      output.write(pretty === null ? whole : pretty(whole));
    for (const listener of this.#listeners) {
      try {
        listener(line);
      } catch {
        // a fault of the listener, which is for the listener to notice
      }
    }
  }

  #remember(runId: string, line: string): void {
    let lines = this.#lastLines.get(runId);
    if (lines === undefined) {
      lines = new RecentLines(LAST_LINES);
      this.#lastLines.set(runId, lines);
    }
    lines.push(line);
  }

  #clean(line: string): string {
    const { secrets } = this.#options;
    if (line.length <= MAX_LINE) return redact(line, secrets);
    const kept = redact(line.slice(0, MAX_LINE + LOOK_AHEAD), secrets).slice(0, MAX_LINE);
    return `${kept}… (${line.length - MAX_LINE} more characters)`;
  }

  #wrap(stream: 'stdout' | 'stderr', msg: string, runId: string): string {
    const level = stream === 'stderr' ? 40 : 30;
    return this.#line({ level, name: 'worker', runId, event: `worker:${stream}`, msg });
  }

  #failureNotice(): string {
    const problem = describeError(this.#file.problem);
    const msg = `⚠️ Cannot write ${this.folder.paths.log}: lines are missing there until it works again (${problem})`;
    return this.#line({ level: 40, name: 'supervisor', event: 'log:write-failed', msg });
  }

  #lossNotice(lost: number): string {
    return lossNotice(lost, { name: 'supervisor' }, this.folder.clock.now());
  }

  #line({ level, ...fields }: { level: number; name: string; msg: string; [field: string]: unknown }): string {
    return JSON.stringify({ level, time: isoTime(this.folder.clock.now()), ...fields });
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
