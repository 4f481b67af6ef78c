import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../shared/package.js';

const cache = packageFile('node_modules/.cache/tux-databases');

/**
 * Puts a copy of a folder that is costly to make at `target`. It is made once, at `target` itself, and kept for other test
 * files and later runs.
 *
 * @param madeBy the dependency whose version decides what is in it.
 */
export async function copyOrMake(madeBy: string, target: string, make: () => Promise<void>): Promise<void> {
  // Root's copy belongs to somebody else than a user's own.
  const kept = join(cache, `${madeBy.replace('/', '-')}-${versionOf(madeBy)}-${process.getuid?.() ?? 0}`);
  if (existsSync(kept)) return copyFolder(kept, target);
  await make();
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${kept}.`);
  try {
    copyFolder(target, join(fresh, 'copy'));
    renameSync(join(fresh, 'copy'), kept); // whole or not at all
  } catch (error) {
    if (!existsSync(kept)) throw error; // another test file was faster
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function versionOf(dependency: string): string {
  const manifest = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const version = manifest.dependencies?.[dependency] ?? manifest.devDependencies?.[dependency];
  if (version === undefined) throw new Error(`${dependency} is not a dependency`);
  return version;
}

/** With owners and modes, which PostgreSQL is particular about. */
function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp -a ${from} ${to} failed: ${stderr}`);
}
