import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { compiledFolder } from '../../../shared/package.js';
import type { ModuleCheckData, ModuleFailure } from './module-check-thread.js';

/** Programs of the build, which would run if they were imported: only their syntax is looked at. Below `dist/`. */
export const PROGRAMS: readonly string[] = [
  'bot/main.js',
  'bot/cli/main.js',
  'bot/app/preflight/module-check-thread.js',
  'bot/database/embedded-creator.js',
  'bot/database/embedded-thread.js',
  'bot/database/rehearsal-program.js',
];
/** What a worker may import, below `dist/`. */
const ROOMS = ['bot', 'shared'] as const;

/** What Node 20 says of modules that share a part with one that could not be linked: no fault of theirs. */
const AFTERMATH = /^Error: request for '.*' is not in cache$/;

/**
 * Imports every module that a worker of this build may ever import, in a thread that is gone afterwards: most are only needed
 * later, or never, and must not take memory until then.
 *
 * @param folder with the compiled build. Default: that of this build.
 * @returns one sentence for each module that cannot be imported; empty: all can. Rejects with the reason of `signal`.
 */
export async function checkModules(signal: AbortSignal, folder = compiledFolder()): Promise<string[]> {
  const [syntax, imported] = await Promise.all([checkSyntax(folder, signal), importAll(folder, signal)]);
  return [...syntax, ...imported];
}

async function importAll(folder: string, signal: AbortSignal): Promise<string[]> {
  const failures = await runThread(folder, signal);
  if (typeof failures === 'string') return [`the modules could not be looked at: ${failures}`];
  const causes = failures.filter(({ error }) => !AFTERMATH.test(error));
  const sentences = (causes.length > 0 ? causes : failures).map(async ({ place, error, modules }) => {
    const places = place === null ? await culprits(folder, modules, signal) : [place];
    return places.map((at) => `${at}: ${error}`);
  });
  return (await Promise.all(sentences)).flat();
}

/** @returns what it found, or why it found nothing. */
async function runThread(folder: string, signal: AbortSignal): Promise<readonly ModuleFailure[] | string> {
  signal.throwIfAborted();
  const workerData: ModuleCheckData = { folder, rooms: ROOMS, programs: PROGRAMS };
  const thread = new Worker(threadFile(), { workerData, execArgv: [], name: 'module-check' });
  const answered = once(thread, 'message', { signal }).then(([found]) => found as readonly ModuleFailure[]);
  const ended = once(thread, 'exit').then(() => 'the thread ended');
  ended.catch(() => {}); // the answer was first
  try {
    return await Promise.race([answered, ended]);
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  } finally {
    await thread.terminate();
  }
}

/** Node does not say in which modules the syntax is wrong: they are among those that cannot be imported for it. */
async function culprits(folder: string, modules: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  if (modules.length === 1) return modules;
  const found = new Set<string>();
  const rest = modules.values();
  const look = async () => {
    for (const name of rest) if ((await syntaxProblem(folder, name, signal)) !== null) found.add(name);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, look));
  return found.size > 0 ? modules.filter((name) => found.has(name)) : modules.slice(0, 1);
}

async function checkSyntax(folder: string, signal: AbortSignal): Promise<string[]> {
  const checked = PROGRAMS.map(async (program) => {
    const problem = await syntaxProblem(folder, program, signal);
    return problem === null ? [] : [`${program}: ${problem}`];
  });
  return (await Promise.all(checked)).flat();
}

/** Null when there is none. */
async function syntaxProblem(folder: string, name: string, signal: AbortSignal): Promise<string | null> {
  try {
    await promisify(execFile)(process.execPath, ['--check', join(folder, name)], { signal });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = '' } = error as { stderr?: string };
    return /^\w*Error\b.*: .*$/m.exec(stderr)?.[0] ?? 'it cannot be read';
  }
}

/** The compiled thread; run from the TypeScript source, as tests do, it is the one in `dist/`. */
function threadFile(): string {
  const beside = fileURLToPath(new URL('./module-check-thread.js', import.meta.url));
  return existsSync(beside) ? beside : join(compiledFolder(), 'bot/app/preflight/module-check-thread.js');
}
