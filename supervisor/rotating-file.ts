import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_MODE, makeFolder } from '../shared/atomic-file.js';

export interface RotatingFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** Older files kept as `PATH.1` … `PATH.N`. */
  readonly keep: number;
}

/**
 * A log file that moves itself to `.1`, `.2` … when it is full. Writing never throws: when the disk is full or the folder
 * gone, lines are dropped and counted until it works again; a log must not be what stops a bot.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #fd: number | undefined;
  #bytes = 0;
  #dropped = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Lines lost since the last time the file could be written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Appends one line (with its line break). */
  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      if (this.#bytes + bytes.length > this.#options.maxBytes && this.#bytes > 0) this.#rotate();
      writeSync(this.#open(), bytes);
      this.#bytes += bytes.length;
      this.#dropped = 0;
    } catch {
      this.#dropped += 1;
      this.close();
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    try {
      closeSync(this.#fd);
    } finally {
      this.#fd = undefined;
    }
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    makeFolder(dirname(this.#options.path));
    this.#fd = openSync(this.#options.path, 'a', FILE_MODE);
    this.#bytes = fstatSync(this.#fd).size;
    return this.#fd;
  }

  #rotate(): void {
    const { path, keep } = this.#options;
    this.close();
    rmSync(`${path}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 1; number -= 1) {
      if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    }
    renameSync(path, `${path}.1`);
    this.#bytes = 0;
  }
}
