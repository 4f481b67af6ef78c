import type { RunClass } from '../restart/exit-policy.js';

/** How long a new build is watched after it took over, in ms. */
export const PROBATION_MS = 60_000;

/** Ends that speak against the build; the others somebody wanted, or they are about another process. */
const failures: ReadonlySet<RunClass> = new Set<RunClass>(['crash', 'hang', 'failed-start', 'limit', 'config']);

/** What is known when a worker of a new build ends in its first minute. */
export interface NewBuildEnd {
  readonly runClass: RunClass;
  readonly reason: string;
  /** Names of the migrations that it was going to run. */
  readonly pendingMigrations: readonly string[];
  /** It had the database open: by then its migrations were run. */
  readonly hadDatabase: boolean;
  /** Where the build before still is. */
  readonly previous: 'standby' | 'disk' | 'gone';
}

/** What becomes of a new build whose worker has ended. */
export type NewBuildVerdict =
  /** Its end says nothing about the build. */
  | { readonly kind: 'innocent' }
  | { readonly kind: 'swap-back'; readonly reason: string }
  /** It failed, and there is no way back. */
  | { readonly kind: 'no-way-back'; readonly reason: string };

/** Whether the build before is to serve again. Pure. */
export function judgeNewBuild(end: NewBuildEnd): NewBuildVerdict {
  if (!failures.has(end.runClass)) return { kind: 'innocent' };
  const { reason, pendingMigrations, previous } = end;
  if (pendingMigrations.length > 0 && end.hadDatabase) {
    const names = pendingMigrations.join(', ');
    return {
      kind: 'no-way-back',
      reason: `${reason}; it has migrated the database (${names}), which the build before does not know`,
    };
  }
  if (previous === 'gone') return { kind: 'no-way-back', reason: `${reason}; the build before is not there any more` };
  return { kind: 'swap-back', reason };
}

/** Cogs that the build before had in use and the new one has not. Pure. */
export function lostCogs(before: readonly CogState[], after: readonly CogState[]): CogState[] {
  const used = new Set(before.filter(({ status }) => status === 'loaded').map(({ name }) => name));
  return after.filter(({ name, status }) => status === 'failed' && used.has(name));
}

/** A cog of a worker: `loaded`, `failed` and why, `skipped` or `unloaded`. */
export interface CogState {
  readonly name: string;
  readonly status: string;
  readonly reason?: string | undefined;
}
