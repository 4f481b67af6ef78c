import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errnoOf } from '../../shared/errors.js';

/** A file or a folder that {@link walk} found. */
export interface WalkedFile {
  /** Relative to the folder that was walked through. */
  readonly path: string;
  readonly isFile: boolean;
  readonly uid: number;
  readonly mode: number;
  readonly bytes: number;
}

/** Enough for the embedded database several times over; nobody waits for a folder that somebody mistook for the state folder. */
const MAX_FILES = 50_000;

/**
 * Everything below a folder, without following links. What goes while we look is left out; an empty list for a folder that
 * is not there.
 *
 * @throws the error of the first folder that may not be looked into; the reason of `signal`.
 */
export async function walk(folder: string, signal: AbortSignal): Promise<WalkedFile[]> {
  const found: WalkedFile[] = [];
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined && found.length < MAX_FILES; at = folders.pop()) {
    signal.throwIfAborted();
    const names = await readdir(at).catch(unlessGone<string[]>([]));
    const here = at;
    const infos = await Promise.all(names.map((name) => lstat(join(here, name)).catch(unlessGone(null))));
    for (const [index, info] of infos.entries()) {
      if (info === null) continue;
      const path = join(at, names[index] ?? '');
      const { uid, mode, size: bytes } = info;
      found.push({ path: relative(folder, path), isFile: info.isFile(), uid, mode, bytes });
      if (info.isDirectory()) folders.push(path);
    }
  }
  return found;
}

/** Bytes of all files together. */
export function totalBytes(files: readonly WalkedFile[]): number {
  return files.filter(({ isFile }) => isFile).reduce((sum, { bytes }) => sum + bytes, 0);
}

function unlessGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return instead;
    throw error;
  };
}
