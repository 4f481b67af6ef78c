import { type FileHandle, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AsideFile, listAside } from './aside.js';
import { bytesForward, LineSplitter } from './file-lines.js';
import { FolderChange } from './folder-change.js';
import { openLog } from './open-log.js';

/** Where to go on reading a log that was read so far. */
export interface FollowFrom {
  /** `tux.log` as it is open now; null when it was not there. */
  readonly file: FileHandle | null;
  /** Bytes of it that were read. */
  readonly offset: number;
  /** What had been put aside by then. */
  readonly older: readonly AsideFile[];
}

/**
 * The lines that are appended to a log after `from`, in order and over files that are put aside, until `signal` aborts.
 * Closes `from.file`.
 */
export async function* followLog(path: string, from: FollowFrom, signal: AbortSignal): AsyncGenerator<string> {
  const folder = new FolderChange(dirname(path), signal);
  const follower = new LogFollower(path, from);
  try {
    while (!signal.aborted) {
      yield* follower.newLines();
      await folder.happens();
    }
  } finally {
    await follower.close();
  }
}

class LogFollower {
  readonly #path: string;
  /** Files aside whose lines were read, or are older. */
  readonly #known: Set<string>;
  /** It stays open until another takes its place: nobody else gets its inode meanwhile. */
  #file: FileHandle | null;
  #offset: number;
  #splitter = new LineSplitter();

  constructor(path: string, { file, offset, older }: FollowFrom) {
    this.#path = path;
    this.#known = new Set(older.map((aside) => aside.path));
    this.#file = file;
    this.#offset = offset;
  }

  /** Everything up to now: the rest of our file and, if that was put aside, the files since then up to the new `tux.log`. */
  async *newLines(): AsyncGenerator<string> {
    const inode = (await this.#file?.stat())?.ino ?? null;
    if (inode !== null && (await inodeAt(this.#path)) === inode) {
      yield* this.#readOn();
      return;
    }
    const next = await openLog(this.#path);
    let isTaken = false;
    try {
      yield* this.#readOn(); // to its end: nobody writes to it any more
      if (next === null) return; // put aside, and the next one not made yet
      yield* this.#splitter.finish();
      yield* this.#linesBetween(inode, (await next.stat()).ino);
      await this.close();
      this.#file = next;
      this.#offset = 0;
      isTaken = true;
      yield* this.#readOn();
    } finally {
      if (!isTaken) await next?.close();
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async *#readOn(): AsyncGenerator<string> {
    if (this.#file === null) return;
    if ((await this.#file.stat()).size < this.#offset) this.#offset = 0; // somebody has emptied it
    for await (const bytes of bytesForward(this.#file, this.#offset)) {
      this.#offset += bytes.length;
      yield* this.#splitter.take(bytes);
    }
  }

  /** The lines of files that were put aside after ours and before the one that is `tux.log` now. */
  async *#linesBetween(ours: number | null, next: number): AsyncGenerator<string> {
    for (const { path } of await listAside(this.#path)) {
      if (this.#known.has(path)) continue;
      const file = await openLog(path);
      if (file === null) continue; // deleted already
      try {
        const { ino } = await file.stat();
        if (ino === next) return;
        this.#known.add(path);
        if (ino === ours) continue;
        for await (const bytes of bytesForward(file, 0)) yield* this.#splitter.take(bytes);
        yield* this.#splitter.finish();
      } finally {
        await file.close();
      }
    }
  }
}

async function inodeAt(path: string): Promise<number | null> {
  return stat(path).then(
    ({ ino }) => ino,
    () => null,
  );
}
