import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** When the sources were changed that have been compiled: what comes out the same is left alone, so that its own time need not show it. */
const compiledAt = new Map<string, number>();

function modifiedAt(path: string): number {
  return statSync(resolve(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Makes sure that `dist/` holds the current build of the named source files: worker threads and child processes run
 * compiled code, which vitest does not provide. Compiling takes about a second, and nothing when all is up to date.
 *
 * @param sources relative to the repository, e.g. `bot/database/embedded-thread.ts`.
 */
export function ensureCompiled(sources: readonly string[]): void {
  const compiled = (source: string) => `dist/${source.replace(/\.ts$/, '.js')}`;
  const isCurrent = (source: string) => {
    const changedAt = modifiedAt(source);
    return compiledAt.get(source) === changedAt || modifiedAt(compiled(source)) > changedAt;
  };
  if (sources.every(isCurrent)) return;
  // Without a shell and without npx: this runs in a test's time.
  const result = spawnSync(resolve(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root });
  const missing = sources.filter((source) => modifiedAt(compiled(source)) === 0);
  if (missing.length > 0) throw new Error(`Not compiled: ${missing.join(', ')}\n${result.stdout}${result.stderr}`);
  for (const source of sources) compiledAt.set(source, modifiedAt(source));
}
