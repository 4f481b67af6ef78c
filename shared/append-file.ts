import { constants, type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_MODE, replaceFile, syncFolder, writeFailure } from './atomic-file.js';
import { isTuxError, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';

/**
 * A file that only grows at its end, and of which it is always known how much is durable. What a failed write left behind
 * that point is cut off before anything else is written. One operation at a time: the caller sees to that.
 *
 * Every method throws TuxError TUX_STATE_WRITE (exit 74) when the disk refuses; a later call works again once it does not.
 */
export class AppendFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  #length = 0;
  /** The name of the file is on the disk, whoever made it. */
  #isNamed = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes that are durable. */
  get length(): number {
    return this.#length;
  }

  /** Opens the file, made if need be, and cuts it to its first `length` bytes. */
  async open(length: number): Promise<void> {
    this.#length = length;
    await this.#guarded(() => this.#ready());
  }

  /** Appends all chunks with one fdatasync, or none of them. */
  async append(chunks: Iterable<Buffer>): Promise<void> {
    try {
      const handle = await this.#ready();
      let end = this.#length;
      for (const chunk of chunks) end += await writeFully(handle, chunk, end);
      await Promise.all([handle.datasync(), this.#name()]);
      this.#length = end;
    } catch (cause) {
      // A part may stand in the file. Cut it off now, or before the next write if the disk refuses that too.
      await this.close();
      await this.#ready().catch(() => {});
      throw asWriteFailure(this.path, cause);
    }
  }

  /** Removes the first `bytes` bytes. A crash leaves the file with or without them. */
  async dropBefore(bytes: number): Promise<void> {
    await this.#guarded(async () => {
      await this.#ready();
      const kept = (await readFile(this.path)).subarray(bytes, this.#length);
      await this.#replace(kept.toString('utf8'));
    });
  }

  /** Closes the file. The next operation opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {}); // what counts was synced; a failing close has nothing to add
  }

  async #replace(content: string): Promise<void> {
    try {
      await replaceFile(this.path, content);
    } finally {
      // The handle may belong to the file that was replaced. Whether it was, on an error, only the disk knows.
      await this.close();
      this.#length = (await stat(this.path)).size;
    }
  }

  /** What is in a file counts for little while its folder does not know of it; that is for the first who needs it. */
  async #name(): Promise<void> {
    if (!this.#isNamed) await syncFolder(dirname(this.path));
    this.#isNamed = true;
  }

  /**
   * The open file, exactly as long as what is durable. What an earlier process had written and not synced becomes durable with
   * the next append: a start need not wait for the disk.
   */
  async #ready(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    const handle = await open(this.path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
    try {
      const { size } = await handle.stat();
      if (size < this.#length) throw shortened(this.path);
      if (size > this.#length) await handle.truncate(this.#length);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    return handle;
  }

  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw asWriteFailure(this.path, cause);
    }
  }
}

/** Repeats write(2) until all is written: it may stop early, for instance when the disk is almost full. */
async function writeFully(handle: FileHandle, data: Buffer, position: number): Promise<number> {
  let written = 0;
  while (written < data.length) {
    const { bytesWritten } = await handle.write(data, written, data.length - written, position + written);
    written += bytesWritten;
  }
  return written;
}

function asWriteFailure(path: string, cause: unknown): TuxError {
  return isTuxError(cause) ? cause : writeFailure(path, cause);
}

function shortened(path: string): TuxError {
  return new TuxError('TUX_STATE_WRITE', `${path} is shorter than what was written to it`, {
    exitCode: ExitCode.IO_ERROR,
    hint: 'another program changed it; restart Tux so that it reads the file again',
  });
}
