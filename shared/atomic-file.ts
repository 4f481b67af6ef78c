import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, isTuxError, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { isoTime } from './iso-time.js';

/** Files hold tokens' worth of trust: readable by the owner only. */
export const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Makes a private folder and its parents. An existing folder keeps its mode. */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (cause) {
    throw writeFailure(path, cause);
  }
}

/**
 * Not `recursive: true`: where a parent is there and takes no folder (`/proc`, a link to a disk that is not mounted), Node 20 makes
 * parent and child in turns for ever, and hears no signal meanwhile.
 */
function makeFolders(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (errnoOf(error) !== 'ENOENT' || parent === path) throw error;
    makeFolders(parent);
    makeOne(path);
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    // Also where it cannot be made: `mkdir` of one that is there may say EROFS or EACCES first.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

export interface ReplaceOptions {
  /** Permissions of the new file; {@link FILE_MODE} unless told. */
  readonly mode?: number;
  /**
   * Throws when this process may not write the file any more. Asked while the temporary file is there already: whoever takes over
   * after the answer removes that file ({@link removeLeftoverTemporaries}) before it reads, and the rename of a process that was
   * paused meanwhile fails. Asked any sooner, a pause between the answer and the rename would put back what is long out of date.
   */
  readonly guard?: () => void;
}

/**
 * Replaces `path` so that a reader, or a crash at any instant, meets either the old or the new content: temporary file in the same
 * folder, fsync, rename, fsync of the folder. Of two calls that meet the later one comes last. A file that root replaces keeps its owner.
 *
 * Not write-file-atomic: it takes a write(2) that was cut short for a whole one, as one is on a disk that is about to be full, and
 * replaces a good file by the first half of the next (7.0.1).
 *
 * @throws TuxError TUX_STATE_WRITE (exit 74) with what the operator can do; what the guard threw, as it is.
 */
export function replaceFile(path: string, content: string, options: ReplaceOptions = {}): Promise<void> {
  const before = underWay.get(path) ?? Promise.resolve();
  const done = before.then(() => replaceNow(path, content, options));
  const settled = done
    .catch(() => {})
    .then(() => {
      if (underWay.get(path) === settled) underWay.delete(path);
    });
  underWay.set(path, settled);
  return done;
}

/** The last replacement of each file, which the next one waits for. Never rejects. */
const underWay = new Map<string, Promise<void>>();

async function replaceNow(path: string, content: string, { mode = FILE_MODE, guard }: ReplaceOptions): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const temporary = temporaryOf(target);
    try {
      await writeDurably(temporary, target, content, mode, guard);
      await rename(temporary, target);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
    await syncFolder(dirname(target));
  } catch (cause) {
    throw isTuxError(cause) ? cause : writeFailure(path, cause);
  }
}

async function writeDurably(
  temporary: string,
  target: string,
  content: string,
  mode: number,
  guard: () => void = () => {},
): Promise<void> {
  const handle = await open(temporary, 'w', mode);
  try {
    guard();
    if (mode !== FILE_MODE) await handle.chmod(mode); // whatever the umask takes away
    await handle.writeFile(content); // goes on until all of it is written, or the disk says why not
    if (process.geteuid?.() === 0) await keepOwner(handle, target);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that what root repairs by hand can still be read by the user that runs Tux. Nobody but root may give a file away. */
async function keepOwner(handle: FileHandle, target: string): Promise<void> {
  const before = await stat(target).catch(() => null);
  if (before !== null && before.uid !== 0) await handle.chown(before.uid, before.gid);
}

/**
 * The same for what is about processes that run now, such as who holds a lock: of no use after a power failure, so nobody waits
 * for the disk, nor for a turn of the loop.
 *
 * @throws TuxError TUX_STATE_WRITE (exit 74) with what the operator can do.
 */
export function replaceVolatileFile(path: string, content: string): void {
  const temporary = temporaryOf(path);
  try {
    try {
      writeFileSync(temporary, content, { mode: FILE_MODE });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } catch (cause) {
    throw writeFailure(path, cause);
  }
}

/**
 * Makes last through a power failure what somebody else has put in place with {@link replaceVolatileFile}. Without such a file it does
 * nothing.
 *
 * @throws TuxError TUX_STATE_WRITE (exit 74).
 */
export async function makeDurable(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
    await syncFolder(dirname(path));
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw writeFailure(path, cause);
  }
}

let temporaries = 0;

/**
 * `NAME.DIGITS`, which no other process uses now: one that had our pid is gone, and what it left behind may be written over. The
 * time is for containers that share a folder, each of which has a process 7. Not from `performance`: the first use of that loads
 * all of `node:perf_hooks`, half a MiB for a supervisor.
 */
function temporaryOf(path: string): string {
  temporaries += 1;
  return `${path}.${process.pid}${process.hrtime.bigint()}${String(temporaries).padStart(6, '0')}`;
}

/** Makes a rename, creation or removal inside `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `2026-01-02T03:04:05.678Z` → `20260102T030405678Z`, for names of archived files. */
export function compactTimestamp(now: Date): string {
  return isoTime(now).replace(/[-:.]/g, '');
}

/**
 * Moves a file that cannot be used out of the way, as `NAME.broken.YYYYMMDDTHHMMSSmmmZ` beside it. Nothing is deleted and
 * no earlier archive is overwritten.
 *
 * @returns the archive's path.
 */
export async function archiveBroken(path: string, now: Date = new Date()): Promise<string> {
  const archive = await unusedArchivePath(path, now);
  await rename(path, archive);
  await syncFolder(dirname(path));
  return archive;
}

/** A `NAME.broken.TIMESTAMP` path that nothing occupies yet. */
export async function unusedArchivePath(path: string, now: Date): Promise<string> {
  for (let at = now.getTime(); ; at += 1) {
    const candidate = `${path}.broken.${compactTimestamp(new Date(at))}`;
    const taken = await stat(candidate).then(
      () => true,
      () => false,
    );
    if (!taken) return candidate;
  }
}

/**
 * Removes temporary files of `path` that a process killed in the middle of {@link replaceFile} left behind. At once, since the next
 * worker waits for it. A folder that does not let go of them keeps them: nobody reads them.
 *
 * @returns how many were removed.
 */
export function removeLeftoverTemporaries(path: string): number {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  let removed = 0;
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(prefix) || !/^\d+$/.test(name.slice(prefix.length))) continue;
      rmSync(join(folder, name), { force: true });
      removed += 1;
    }
  } catch {} // what is left is tried again by the next start
  return removed;
}

/** Turns a failed write into an error that says what to do about the disk. */
export function writeFailure(path: string, cause: unknown): TuxError {
  const errno = errnoOf(cause);
  const hints: Record<string, string> = {
    ENOSPC: 'free some disk space; nothing was overwritten',
    EFBIG: 'raise the limit on the size of files (ulimit -f), or check the disk',
    EDQUOT: 'the disk quota is used up; free some space',
    EROFS: 'the file system is read-only; remount it or choose another folder with TUX_STATE_DIR or TUX_LOG_DIR',
    EACCES: 'give the user that runs Tux write permission, or choose another folder with TUX_STATE_DIR or TUX_LOG_DIR',
    EPERM: 'give the user that runs Tux write permission, or choose another folder with TUX_STATE_DIR or TUX_LOG_DIR',
    ENOTDIR: 'a part of the path is a file; choose another folder with TUX_STATE_DIR or TUX_LOG_DIR',
    EEXIST: 'a part of the path is a file, or a link to a disk that is not mounted',
    ENOENT: 'no folder can be made there; choose another one with TUX_STATE_DIR or TUX_LOG_DIR',
  };
  return new TuxError('TUX_STATE_WRITE', `Cannot write ${path} (${errno ?? String(cause)})`, {
    cause,
    exitCode: ExitCode.IO_ERROR,
    hint: (errno && hints[errno]) ?? 'check the disk and the permissions of the folder',
  });
}

/** Turns a failed read of a state file that is there into an error that says what to do. */
export function readFailure(path: string, cause: unknown): TuxError {
  return new TuxError('TUX_STATE_READ', `Cannot read ${path} (${errnoOf(cause) ?? String(cause)})`, {
    cause,
    exitCode: ExitCode.IO_ERROR,
    hint: 'check the disk and that the user that runs Tux owns the file',
  });
}
