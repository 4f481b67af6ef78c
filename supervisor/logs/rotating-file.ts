import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_MODE, makeFolder } from '../../shared/atomic-file.js';
import { toError } from '../../shared/errors.js';
import type { LogFolder } from './log-folder.js';
import { isFull, isOfEarlierDay } from './log-retention.js';

/** How soon it is noticed that somebody took the file away (`rm`, logrotate). */
const LOOK_MS = 1_000;

const LINE_BREAK = 10;

export interface RotatingFileOptions {
  readonly path: string;
  readonly folder: Pick<LogFolder, 'limits' | 'clock' | 'isInCharge' | 'putAside'>;
  /** The line, with its line break, that says how many lines were lost. */
  readonly lossNotice: (lost: number) => string;
}

interface OpenFile {
  readonly fd: number;
  readonly inode: number;
  bytes: number;
  /** Wall-clock ms. */
  writtenAt: number;
  /** Its last line has no end: the process or the machine went down in the middle, or the disk was full. */
  isTorn: boolean;
}

/**
 * A log file that is put aside when it is full or of an earlier day. Writing never throws: when the disk is full or the
 * folder gone, lines are dropped and counted until it works again, and then the file says how many; a log must not be what
 * stops a bot.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: OpenFile | null = null;
  /** When it was last made sure that the file is still at its place, monotonic ms. */
  #lookedAt = 0;
  #dropped = 0;
  #problem: Error | null = null;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Lines lost since the last time the file could be written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why lines are lost; null while they are not. */
  get problem(): Error | null {
    return this.#problem;
  }

  /** Appends one line (with its line break). */
  write(line: string): void {
    const text = this.#dropped === 0 ? line : this.#options.lossNotice(this.#dropped) + line;
    const bytes = Buffer.from(text);
    try {
      const file = this.#fileFor(bytes.length);
      if (file.isTorn) this.#append(file, Buffer.from('\n'));
      file.isTorn = false;
      this.#append(file, bytes);
      file.writtenAt = this.#options.folder.clock.now();
      this.#dropped = 0;
      this.#problem = null;
    } catch (error) {
      this.#dropped += 1;
      this.#problem = toError(error);
      this.close();
    }
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    try {
      closeSync(file.fd);
    } catch {
      // what counts was written; a failing close has nothing to add
    }
  }

  /** The file to which `bytes` more may be written. */
  #fileFor(bytes: number): OpenFile {
    const { path, folder } = this.#options;
    this.#lookAgain();
    const file = this.#open();
    const isTooFull = isFull(file, bytes, folder.limits);
    const isDue = isTooFull || isOfEarlierDay(file.writtenAt, folder.clock.now());
    if (!isDue || file.bytes === 0 || !folder.isInCharge) return file;
    this.close();
    try {
      folder.putAside(path);
    } catch (error) {
      // A file alone may be writable, not its folder. Two days in one file are better than no lines; a file without end is not.
      if (isTooFull) throw error;
    }
    return this.#open();
  }

  #open(): OpenFile {
    if (this.#file !== null) return this.#file;
    const { path, folder } = this.#options;
    makeFolder(dirname(path));
    const fd = openSync(path, 'a+', FILE_MODE);
    const { size, ino, mtimeMs } = fstatSync(fd);
    this.#file = { fd, inode: ino, bytes: size, writtenAt: mtimeMs, isTorn: isTorn(fd, size) };
    this.#lookedAt = folder.clock.monotonic();
    return this.#file;
  }

  /** Somebody may have moved or deleted the file: then it is made anew. */
  #lookAgain(): void {
    const { path, folder } = this.#options;
    const now = folder.clock.monotonic();
    if (this.#file === null || now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino !== this.#file.inode) this.close();
    else this.#file.bytes = found.size;
  }

  /** write(2) may stop early, for instance when the disk is almost full. */
  #append(file: OpenFile, bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(file.fd, bytes, written);
      written += count;
      file.bytes += count;
    }
  }
}

function isTorn(fd: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] !== LINE_BREAK;
}
