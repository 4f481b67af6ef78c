import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_MODE, syncFolder, writeFailure } from '../../../shared/atomic-file.js';

/**
 * The file of the snapshot: replaced as a whole now and then, and written on at its end in between. What was written on
 * survives the end of the process at once, and that of the machine some time later: it is not synced, since a snapshot that is
 * lost costs no more than an IDENTIFY. One operation at a time: the caller sees to that.
 *
 * Every method throws TuxError TUX_STATE_WRITE when the disk refuses, and works again once it does not.
 */
export class SnapshotFile {
  readonly #path: string;
  #handle: FileHandle | null = null;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes that are known to be right. */
  get size(): number {
    return this.#size;
  }

  /** Goes on with the file that is there: its first `size` bytes. @returns false when it is not as long as it was, `foundSize`. */
  async adopt(size: number, foundSize: number): Promise<boolean> {
    await this.close();
    try {
      const handle = await open(this.#path, constants.O_RDWR);
      this.#handle = handle;
      if ((await handle.stat()).size !== foundSize) return false;
      if (foundSize !== size) await handle.truncate(size);
      this.#size = size;
      return true;
    } catch {
      return false;
    }
  }

  /** Replaces the content; a crash at any instant leaves the old one or the new one. Each part is written before the next is asked for. */
  async replace(parts: AsyncIterable<readonly Buffer[]>): Promise<void> {
    const temporary = `${this.#path}.${process.pid}`; // a name that `removeLeftoverTemporaries` knows
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;
    let handle: FileHandle | null = null;
    try {
      handle = await open(temporary, flags, FILE_MODE);
      let size = 0;
      for await (const part of parts) size += await writeFully(handle, part, size);
      await handle.datasync();
      await rename(temporary, this.#path);
      await this.close();
      this.#handle = handle;
      this.#size = size;
      await syncFolder(dirname(this.#path));
    } catch (cause) {
      if (handle && handle !== this.#handle) await handle.close().catch(() => {});
      await rm(temporary, { force: true }).catch(() => {});
      throw cause instanceof SnapshotTooLargeError ? cause : writeFailure(this.#path, cause);
    }
  }

  /** Appends all of it. What a call that failed left behind is overwritten by the next one. */
  async append(parts: readonly Buffer[]): Promise<void> {
    try {
      const handle = this.#handle ?? (await open(this.#path, constants.O_RDWR));
      this.#handle = handle;
      try {
        this.#size += await writeFully(handle, parts, this.#size);
      } catch (error) {
        await handle.truncate(this.#size);
        throw error;
      }
    } catch (cause) {
      throw writeFailure(this.#path, cause);
    }
  }

  /** Takes the file away. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true }).catch(() => {}); // what is left is not newer than the session file says
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => {});
  }
}

/** A snapshot that would take longer to read than a new session takes to make. */
export class SnapshotTooLargeError extends Error {}

/** One system call for all parts; the rest again when the disk took only some of it. */
async function writeFully(handle: FileHandle, parts: readonly Buffer[], position: number): Promise<number> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const { bytesWritten } = await handle.writev(parts, position);
  if (bytesWritten === total) return total;
  const rest = Buffer.concat(parts).subarray(bytesWritten);
  for (let written = 0; written < rest.length; ) {
    const more = await handle.write(rest, written, rest.length - written, position + bytesWritten + written);
    written += more.bytesWritten;
  }
  return total;
}
