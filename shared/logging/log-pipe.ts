import { closeSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILE_MODE, makeFolder } from '../atomic-file.js';
import { errnoOf } from '../errors.js';

/** Lines waiting for a reader that does not read; beyond this they are dropped, so that a paused reader costs no memory. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 20;
/** What goes in one write: as much as a pipe of Linux takes at once, see pipe(7). */
const MAX_WRITE_BYTES = 65_536;

/**
 * Where the worker's log lines go: the pipe to its supervisor. Writing never blocks the event loop and never throws. When
 * the reader is gone (EPIPE) the lines go to the log file instead, the unread ones first: a worker whose supervisor was
 * killed still leaves its last words.
 */
export class LogPipe {
  readonly #fallbackFile: string | null;
  readonly #lossNotice: (lost: number) => string;
  #fd: number;
  #isFile = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | null = null;
  #dropped = 0;

  /**
   * @param fallbackFile where to append once nobody reads; null where that is nobody's loss.
   * @param lossNotice the line, with its line break, that says how many were lost.
   */
  constructor(fd: number, fallbackFile: string | null, lossNotice: (lost: number) => string = () => '') {
    this.#fd = fd;
    this.#fallbackFile = fallbackFile;
    this.#lossNotice = lossNotice;
  }

  /** Lines that were dropped because nobody read them, since the last one that could be taken. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line with its line break. */
  write(line: string): void {
    const bytes = Buffer.from(this.#dropped === 0 ? line : this.#lossNotice(this.#dropped) + line);
    if (this.#pendingBytes + bytes.length > MAX_PENDING_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#dropped = 0;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  /**
   * The reader is known to be gone. The pipe itself may take lines a little longer: a process that is killed closes one
   * channel after the other.
   */
  noteReaderGone(): void {
    this.#switchToFile();
  }

  /** Resolves when everything written so far has been handed over. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** For a process about to die: writes what is left at once, to the file if the pipe does not take it. */
  flushSync(): void {
    const rest = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    let offset = 0;
    while (offset < rest.length) {
      try {
        offset += writeSync(this.#fd, rest, offset); // a pipe may take a part only
      } catch {
        if (!this.#switchToFile()) return;
        offset = wholeLines(rest, offset); // a line that was torn is told again, whole
      }
    }
  }

  /** What came while a write was under way goes together with the next. */
  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const lines = this.#nextLines();
      const settled = await this.#writeLines(Buffer.concat(lines));
      if (this.#pending[0] !== lines[0]) return; // flushSync took over
      this.#forget(settled);
    }
  }

  #nextLines(): Buffer[] {
    let bytes = 0;
    const end = this.#pending.findIndex((line, index) => {
      bytes += line.length;
      return index > 0 && bytes > MAX_WRITE_BYTES;
    });
    return end === -1 ? [...this.#pending] : this.#pending.slice(0, end);
  }

  /** @returns up to which byte, the end of a line, they need no more thought: written, or lost. */
  async #writeLines(lines: Buffer): Promise<number> {
    const fd = this.#fd;
    let offset = 0;
    while (offset < lines.length) {
      if (this.#fd !== fd) break; // a line is not begun in one place and ended in another
      try {
        offset += await writeSome(fd, lines, offset);
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        else if (this.#fd === fd && !this.#switchToFile()) return lines.length;
      }
    }
    return wholeLines(lines, offset);
  }

  #forget(bytes: number): void {
    let left = bytes;
    const kept = this.#pending.findIndex((line) => {
      left -= line.length;
      return left < 0;
    });
    this.#pending.splice(0, kept === -1 ? this.#pending.length : kept);
    this.#pendingBytes -= bytes;
  }

  /** False when there is nothing (more) to switch to: then the line is lost. */
  #switchToFile(): boolean {
    if (this.#isFile || this.#fallbackFile === null) return false;
    try {
      makeFolder(dirname(this.#fallbackFile));
      this.#fd = openSync(this.#fallbackFile, 'a', FILE_MODE);
      this.#isFile = true;
      return true;
    } catch {
      return false;
    }
  }

  /** Closes the file if one was opened; the pipe belongs to the process. */
  close(): void {
    if (this.#isFile) closeSync(this.#fd);
  }
}

/** Where the last whole line among the first `length` bytes ends. */
function wholeLines(lines: Buffer, length: number): number {
  return lines.subarray(0, length).lastIndexOf('\n') + 1;
}

function writeSome(fd: number, chunk: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, chunk, offset, chunk.length - offset, null, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
}
