import { describeError, isTuxError } from '../../../shared/errors.js';
import type { Cog } from '../../framework/cog.js';
import type { CogLoader } from '../../framework/cog-loader.js';

/** The part of the loader that a trial needs; it has a time limit for each cog. */
type TriedLoader = Pick<CogLoader, 'load' | 'unload'>;

/** One sentence about one cog. */
export interface CogProblem {
  readonly cog: string;
  readonly text: string;
}

/**
 * Puts every cog into use as the start does, the highest priority first, and takes them out again. Nothing of the bot runs yet:
 * tasks do not start and events do not come. That there is no database ahead of time is not held against a cog.
 *
 * @returns what kept cogs from being put into use. Rejects with the reason of `signal`.
 */
export async function tryCogs(loader: TriedLoader, cogs: readonly Cog[], signal: AbortSignal): Promise<CogProblem[]> {
  const problems: CogProblem[] = [];
  const inUse: string[] = [];
  for (const cog of cogs.toSorted((a, b) => b.priority - a.priority)) {
    signal.throwIfAborted();
    try {
      await loader.load(cog, signal);
      inUse.push(cog.name);
    } catch (error) {
      if (!wantsDatabase(error)) {
        problems.push({ cog: cog.name, text: `it cannot be set up: ${describeError(error)}` });
      }
    }
  }
  for (const name of inUse.reverse()) await loader.unload(name);
  return problems;
}

/** Whether all that went wrong is that the database is not open yet. */
function wantsDatabase(error: unknown): boolean {
  if (isTuxError(error) && error.code === 'TUX_DB_NOT_CONNECTED') return true;
  return error instanceof Error && error.cause !== undefined && wantsDatabase(error.cause);
}
