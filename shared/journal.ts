import { constants, copyFile, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { z } from 'zod';
import { AppendFile } from './append-file.js';
import {
  readFailure,
  removeLeftoverTemporaries,
  replaceFile,
  syncFolder,
  unusedArchivePath,
  writeFailure,
} from './atomic-file.js';
import { errnoOf, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { encodeEntry, type JournalEntry, scanJournal } from './journal-entry.js';
import { readWhole } from './read-whole.js';

/** Lines joined into one write(2): bounds the memory of a batch, not its size. */
const LINES_PER_WRITE = 4_096;

export interface JournalOptions<R> {
  /** Absolute path; its folder exists. */
  readonly path: string;
  /** Version of `schema`. A file with a newer one is kept and the start refused. */
  readonly schemaVersion: number;
  readonly schema: z.ZodType<R>;
  /**
   * Called for each record, in order, as soon as its batch is durable and before any `append` of the batch resolves; the
   * whole batch in one go, so that {@link Journal.position} and what was committed always agree. Must not throw.
   */
  readonly onCommit?: (record: R) => void;
  readonly now?: () => Date;
}

/** What {@link Journal.open} found. */
export interface LoadedJournal<R> {
  /** What the snapshot does not hold yet, in order. */
  readonly records: readonly R[];
  /** The last line was cut short by a crash; it was never acknowledged and is gone. */
  readonly hadTornLine: boolean;
  /** Unreadable lines before the end; the file as it was is kept under `archivePath`. */
  readonly badLines: number;
  readonly archivePath?: string;
}

/** A point between two records: everything up to `seq` lies before byte `bytes`. Valid until the next `dropBefore`. */
export interface JournalPosition {
  readonly seq: number;
  readonly bytes: number;
}

interface PendingAppend<R> {
  readonly record: R;
  readonly json: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An append-only file of JSON lines whose appends are durable when they resolve. Appends that meet share one fdatasync
 * (group commit): while one batch is being written, the next one collects. One writer per file.
 *
 * Together with a snapshot that stores the `seq` of the last record it includes, a crash at any instant of a compaction
 * leaves a consistent pair: records up to that `seq` are skipped on load, whether they were dropped from the file or not.
 */
export class Journal<R> {
  readonly #options: JournalOptions<R>;
  readonly #file: AppendFile;
  #isOpen = false;
  #lastSeq = 0;
  #waiting: PendingAppend<R>[] = [];
  /** Tail of the chain of file operations: one at a time. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: JournalOptions<R>) {
    this.#options = options;
    this.#file = new AppendFile(options.path);
  }

  /** The end of what is durable. */
  get position(): JournalPosition {
    return { seq: this.#lastSeq, bytes: this.#file.length };
  }

  /**
   * Reads the file, repairs it and makes it ready for appends.
   *
   * @param afterSeq the `seq` of the snapshot: records up to it are skipped.
   * @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74).
   */
  async open(afterSeq: number): Promise<LoadedJournal<R>> {
    const { path, schema, schemaVersion } = this.#options;
    removeLeftoverTemporaries(path);
    const content = await readContent(path);
    const scan = scanJournal(content, schema);
    if (scan.version > schemaVersion) throw newerVersion(path, scan.version, schemaVersion);
    const entries = scan.entries.filter((entry) => entry.seq > afterSeq);
    this.#lastSeq = scan.entries.reduce((last, entry) => Math.max(last, entry.seq), afterSeq);
    const repaired = scan.badLines === 0 ? undefined : await this.#archiveAndKeep(entries);
    await this.#file.open(repaired?.bytes ?? scan.wholeBytes);
    this.#isOpen = true;
    return {
      records: entries.map((entry) => entry.record),
      hadTornLine: content.length > scan.wholeBytes,
      badLines: scan.badLines,
      ...(repaired && { archivePath: repaired.archivePath }),
    };
  }

  /**
   * Resolves when the record is on the disk.
   *
   * @throws TuxError TUX_STATE_WRITE when it could not be written; it was cut off again and later appends are not
   * affected. TUX_JOURNAL_CLOSED before `open` and after `close`.
   */
  append(record: R): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) throw new TuxError('TUX_JOURNAL_CLOSED', `${this.#options.path} is not open`);
      this.#waiting.push({ record, json: JSON.stringify(record), resolve, reject });
      if (this.#waiting.length === 1) void this.#exclusive(() => this.#commit());
    });
  }

  /**
   * Compaction: forgets the records before `position`. Call it only after a snapshot that stores `position.seq` is durable.
   *
   * @throws TuxError TUX_STATE_WRITE; the journal goes on working, with or without those records.
   */
  dropBefore(position: JournalPosition): Promise<void> {
    return this.#exclusive(() => this.#file.dropBefore(position.bytes));
  }

  /** Waits for what was appended and closes the file. */
  close(): Promise<void> {
    this.#isOpen = false;
    return this.#exclusive(() => this.#file.close());
  }

  #exclusive(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  /** Writes all that wait as one batch. Never throws: each append learns of its own fate. */
  async #commit(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#file.append(this.#encode(batch));
    } catch (error) {
      for (const append of batch) append.reject(error);
      return;
    }
    this.#lastSeq += batch.length;
    for (const append of batch) this.#options.onCommit?.(append.record);
    for (const append of batch) append.resolve();
  }

  *#encode(batch: readonly PendingAppend<R>[]): Generator<Buffer> {
    let seq = this.#lastSeq;
    for (let start = 0; start < batch.length; start += LINES_PER_WRITE) {
      let text = '';
      for (const { json } of batch.slice(start, start + LINES_PER_WRITE)) {
        seq += 1;
        text += encodeEntry(this.#options.schemaVersion, seq, json);
      }
      yield Buffer.from(text);
    }
  }

  /** Keeps a copy of a damaged file, then replaces it with its readable entries. In this order a crash loses nothing. */
  async #archiveAndKeep(entries: readonly JournalEntry<R>[]): Promise<{ archivePath: string; bytes: number }> {
    const { path, schemaVersion, now } = this.#options;
    const archivePath = await unusedArchivePath(path, now?.() ?? new Date());
    await copyDurably(path, archivePath);
    const text = entries.map(({ seq, record }) => encodeEntry(schemaVersion, seq, JSON.stringify(record))).join('');
    await replaceFile(path, text);
    return { archivePath, bytes: Buffer.byteLength(text) };
  }
}

async function readContent(path: string): Promise<Buffer> {
  try {
    return await readWhole(path);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return Buffer.alloc(0);
    throw readFailure(path, cause);
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    const handle = await open(to, 'r+');
    await handle.sync().finally(() => handle.close());
    await syncFolder(dirname(to));
  } catch (cause) {
    throw writeFailure(to, cause);
  }
}

function newerVersion(path: string, found: number, known: number): TuxError {
  const message = `${path} was written by a newer Tux (version ${found}, this one knows ${known})`;
  return new TuxError('TUX_STATE_NEWER', message, {
    exitCode: ExitCode.CONFIG,
    hint: `start the newer Tux again, or move ${basename(path)} away to begin without it`,
  });
}
