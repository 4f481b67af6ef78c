import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** For the lists of a distribution through a slow connection. */
const APT_LIMIT_MS = 30_000;
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/tux-tini');

/**
 * The program `tini` that the image has: the one of this machine, or that of Debian's package, unpacked into a folder of ours
 * (which takes no rights, and a second, once).
 *
 * @returns null where there is neither.
 */
export function findTini(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = folders.map((folder) => join(folder, 'tini')).find((path) => existsSync(path));
  return installed ?? unpackTini();
}

function unpackTini(): string | null {
  const kept = join(cache, process.arch);
  const program = join(kept, 'usr/bin/tini');
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'fresh-'));
  try {
    const archive = download(fresh);
    if (archive === null) return null;
    execFileSync('dpkg-deb', ['--extract', archive, join(fresh, 'root')]);
    renameSync(join(fresh, 'root'), kept);
  } catch (error) {
    if (!existsSync(program)) throw error; // another test file was faster
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return program;
}

/** @returns the path of the package in `folder`; null where there is no apt, or no way to its source. */
function download(folder: string): string | null {
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, { cwd: folder, stdio: 'ignore', timeout: APT_LIMIT_MS }).status === 0;
  // An image keeps no package lists, and only root may fetch those of the machine: then lists of our own.
  const [lists, packages] = [join(folder, 'lists'), join(folder, 'cache')];
  for (const path of [lists, join(packages, 'archives')]) mkdirSync(join(path, 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${packages}`];
  const isThere = apt('download', 'tini') || (apt(...own, 'update') && apt(...own, 'download', 'tini'));
  const archive = isThere ? readdirSync(folder).find((name) => name.endsWith('.deb')) : undefined;
  return archive === undefined ? null : join(folder, archive);
}
