import type { FileHandle } from 'node:fs/promises';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { type AsideFile, listAside } from './aside.js';
import { bytesForward, LineSplitter, linesBackward } from './file-lines.js';
import { followLog } from './log-follower.js';
import { type LogQuery, logFilter } from './log-query.js';
import { openLog } from './open-log.js';

/**
 * `tux.log` and what was put aside of it, as one log that ends where it ended when it was opened. It may be written to and
 * put aside meanwhile: no line is missed, and none is read twice.
 */
export class LogReader {
  readonly #path: string;
  /** `tux.log`; null between two files. */
  #current: FileHandle | null;
  readonly #inode: number | null;
  /** Bytes of `tux.log` that belong to what is read; what comes later is for {@link follow}. */
  readonly #end: number;
  /** Oldest first. */
  readonly #older: readonly AsideFile[];

  private constructor(
    path: string,
    current: { file: FileHandle; inode: number; end: number } | null,
    older: AsideFile[],
  ) {
    this.#path = path;
    this.#current = current?.file ?? null;
    this.#inode = current?.inode ?? null;
    this.#end = current?.end ?? 0;
    this.#older = older;
  }

  /** @throws TuxError TUX_NO_LOG (exit 1) when there is none, TUX_NOT_ALLOWED (exit 1) for another user's, TUX_STATE_READ (74). */
  static async open(path: string): Promise<LogReader> {
    const file = await openLog(path);
    const older = await listAside(path);
    if (file === null) {
      if (older.length === 0) throw noLogError(path);
      return new LogReader(path, null, older);
    }
    const { ino, size } = await file.stat();
    return new LogReader(path, { file, inode: ino, end: size }, older);
  }

  /** The last `count` lines that fit, oldest first. */
  async last(count: number, query: LogQuery): Promise<string[]> {
    const fits = logFilter(query);
    const lines: string[] = [];
    if (count === 0) return lines;
    for await (const { file, end } of this.#files(query, 'newest first')) {
      for await (const line of linesBackward(file, end)) {
        if (fits(line)) lines.push(line);
        if (lines.length === count) return lines.reverse();
      }
    }
    return lines.reverse();
  }

  /** All lines that fit, oldest first. */
  async *all(query: LogQuery): AsyncGenerator<string> {
    const fits = logFilter(query);
    for await (const { file, end } of this.#files(query, 'oldest first')) {
      const splitter = new LineSplitter();
      for await (const bytes of bytesForward(file, 0, end)) yield* splitter.take(bytes).filter(fits);
      yield* splitter.finish().filter(fits);
    }
  }

  /** The lines that fit and come after those, as they are written, until `signal` aborts. Nothing else can be read then. */
  async *follow(query: LogQuery, signal: AbortSignal): AsyncGenerator<string> {
    const fits = logFilter(query);
    const from = { file: this.#current, offset: this.#end, older: this.#older };
    this.#current = null;
    for await (const line of followLog(this.#path, from, signal)) if (fits(line)) yield line;
  }

  async close(): Promise<void> {
    await this.#current?.close();
  }

  /** Each file with as much of it as belongs here. Files in which everything is too old are left out. */
  async *#files(
    { since = Number.NEGATIVE_INFINITY }: LogQuery,
    order: 'oldest first' | 'newest first',
  ): AsyncGenerator<{ file: FileHandle; end: number }> {
    const current = this.#current === null ? [] : [{ file: this.#current, end: this.#end }];
    const older = this.#older.filter(({ finishedAt }) => finishedAt >= since);
    if (order === 'newest first') yield* current;
    for (const { path } of order === 'newest first' ? older.toReversed() : older) yield* this.#openOlder(path);
    if (order === 'oldest first') yield* current;
  }

  async *#openOlder(path: string): AsyncGenerator<{ file: FileHandle; end: number }> {
    const file = await openLog(path);
    if (file === null) return; // deleted meanwhile
    try {
      const { ino, size } = await file.stat();
      if (ino !== this.#inode) yield { file, end: size }; // else it was put aside after it was opened, and is `current`
    } finally {
      await file.close();
    }
  }
}

function noLogError(path: string): TuxError {
  return new TuxError('TUX_NO_LOG', `There is no log at ${path}`, {
    exitCode: ExitCode.FAILURE,
    hint: 'nothing has run with this TUX_LOG_DIR yet',
  });
}
