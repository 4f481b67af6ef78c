import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is told. */
export interface ModuleCheckData {
  readonly folder: string;
  /** Folders below it whose modules are imported … */
  readonly rooms: readonly string[];
  /** … but for these files. */
  readonly programs: readonly string[];
}

/** What it found: one thing that keeps modules from being imported. */
export interface ModuleFailure {
  /** `bot/cogs/fun/roll.js:12`; null where Node does not say. */
  readonly place: string | null;
  readonly error: string;
  /** The modules in which an import failed, and all that import them. */
  readonly modules: readonly string[];
}

// A thread that imports every module of a build, posts what went wrong, and ends.
const { folder, rooms, programs } = workerData as ModuleCheckData;
const modules = rooms.flatMap(modulesBelow).filter((name) => !programs.includes(name));
/**
 * What breaks one module breaks all that import it, and is one problem: known by its stack, or by its text where that leads to
 * no module, since then it tells who imported.
 */
const failures = new Map<string, ModuleFailure>();
for (const name of modules) {
  try {
    await import(pathToFileURL(join(folder, name)).href);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const text = `${error.name}: ${error.message}`;
    const place = placeIn(error.stack ?? '');
    const key = place === null ? text : (error.stack ?? text);
    failures.set(key, { place, error: text, modules: [...(failures.get(key)?.modules ?? []), name] });
  }
}
parentPort?.postMessage([...failures.values()]);

function modulesBelow(room: string): string[] {
  const entries = readdirSync(join(folder, room), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** `bot/cogs/fun/roll.js:12`: the first place of the build that the stack names. */
function placeIn(stack: string): string | null {
  for (const [, url = '', line] of stack.matchAll(/(file:\/\/[^\s)]+?):(\d+)/g)) {
    const path = relative(folder, fileURLToPath(url));
    if (!path.startsWith('..')) return `${path}:${line}`;
  }
  return null;
}
