import { existsSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compactTimestamp } from '../../shared/atomic-file.js';
import { errnoOf } from '../../shared/errors.js';

/** A file that was put aside, and when: everything in it is older. */
export interface AsideFile {
  readonly path: string;
  /** Wall-clock ms. */
  readonly finishedAt: number;
}

/**
 * Puts a log file aside: `tux.log` becomes `tux-20260102T030405678Z.log` beside it. The name stays with it until it is
 * deleted, so that a reader can hold on to it, and `tux*.log` lists all of them in their order. Nothing is overwritten, and
 * a file that somebody took away meanwhile is none to put aside.
 */
export function putAside(path: string, now: number): void {
  for (let at = now; ; at += 1) {
    const target = asidePath(path, at);
    if (existsSync(target)) continue;
    try {
      renameSync(path, target);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return;
  }
}

/** The files that were put aside from `path`, oldest first; none when there is no such folder. */
export async function listAside(path: string): Promise<AsideFile[]> {
  const prefix = `${stem(path)}-`;
  const names = await namesIn(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith('.log'))
    .flatMap((name) => {
      const finishedAt = parseTimestamp(name.slice(prefix.length, -'.log'.length));
      return finishedAt === null ? [] : [{ path: join(dirname(path), name), finishedAt }];
    })
    .sort((one, other) => one.finishedAt - other.finishedAt);
}

/** The names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** `20260102T030405678Z` → wall-clock ms; null for anything else. */
export function parseTimestamp(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, millisecond] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`);
  return Number.isNaN(at) ? null : at;
}

function asidePath(path: string, at: number): string {
  return join(dirname(path), `${stem(path)}-${compactTimestamp(new Date(at))}.log`);
}

function stem(path: string): string {
  return basename(path, '.log');
}
