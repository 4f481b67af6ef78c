import { describeError, TuxError } from '../../shared/errors.js';
import type { CogEntry } from '../framework/cog-loader.js';

/**
 * Modules that are imported only when they are used for the first time; those of cogs, of the bot proper and of Sentry have their
 * own places in the start. A standby imports them ahead: whoever uses one soon after it took over must not wait for it.
 */
const lateModules: readonly (() => Promise<unknown>)[] = [
  () => import('./worker-facts.js'),
  () => import('./worker-readiness.js'),
];

/** @returns what could not be imported, in words. */
export async function importLateModules(): Promise<string[]> {
  const results = await Promise.allSettled(lateModules.map((load) => load()));
  return results.flatMap((result) => (result.status === 'rejected' ? [describeError(result.reason)] : []));
}

/** Imports the modules of these cogs; loaded they are later. @throws TuxError TUX_COGS that names all that cannot be imported. */
export async function importCogs(entries: readonly CogEntry[]): Promise<void> {
  const results = await Promise.allSettled(entries.map((entry) => entry.load()));
  const problems = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${entries[index]?.name}: ${describeError(result.reason)}`] : [],
  );
  if (problems.length > 0) throw new TuxError('TUX_COGS', `Cogs that cannot be imported: ${problems.join('; ')}`);
}
