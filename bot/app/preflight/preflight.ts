import { describeError } from '../../../shared/errors.js';
import { cogEntries } from '../../cogs/index.js';
import { previewSchema, type SchemaPreview } from '../../database/schema-preview.js';
import { type CogReport, checkCogs } from '../../framework/cog-check.js';
import type { Tux } from '../tux.js';
import { type CogProblem, tryCogs } from './cog-trial.js';
import { checkModules } from './module-check.js';

/** Discord's limit for the global slash commands of one application. */
const MAX_SLASH_COMMANDS = 100;

/** What was found before this build may serve. */
export interface PreflightReport {
  /** Why it may not, one sentence each; empty: it may. */
  readonly problems: readonly string[];
  /** Names of the migrations that its start will run. */
  readonly pendingMigrations: readonly string[];
}

export interface PreflightOptions {
  /** Put together, not started. */
  readonly tux: Tux;
  readonly signal: AbortSignal;
}

/**
 * Looks at everything that could keep this build from serving, while another one still does: modules, cogs, slash commands, and
 * how its schema and the database go together. Nothing outside of this process is changed. Settings have been checked by then:
 * without valid ones there is no process.
 *
 * Rejects with the reason of `signal`.
 */
export async function preflight({ tux, signal }: PreflightOptions): Promise<PreflightReport> {
  const { config } = tux.options;
  const [modules, cogs, schema] = await Promise.all([
    checkModules(signal),
    checkAllCogs(tux, signal),
    previewSchema({ settings: config.env, paths: config.paths, signal }).catch((error) => unknownSchema(error, signal)),
  ]);
  // A module that cannot be imported takes its cog with it; it is named once.
  const further = cogs.filter(({ text }) => !modules.some((module) => module.endsWith(text)));
  return {
    problems: [...modules, ...further.map(({ cog, text }) => `cog ${cog}: ${text}`), ...schema.problems],
    pendingMigrations: schema.pending,
  };
}

async function checkAllCogs(tux: Tux, signal: AbortSignal): Promise<CogProblem[]> {
  const wanted = cogEntries.filter((entry) => tux.cogs.missingSettings(entry).length === 0);
  const reports = await checkCogs(wanted);
  const found = reports.flatMap(({ name, problems }) => problems.map((text) => ({ cog: name, text })));
  const sound = reports.flatMap(({ cog, problems }) => (cog && problems.length === 0 ? [cog] : []));
  const tried = await tryCogs(tux.cogs, sound, signal);
  return [...found, ...tried, ...tooManyCommands(reports)];
}

function tooManyCommands(reports: readonly CogReport[]): CogProblem[] {
  const counts = reports.map(({ name, cog }) => ({ name, count: cog?.commands.length ?? 0 }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total <= MAX_SLASH_COMMANDS) return [];
  const [most] = counts.sort((a, b) => b.count - a.count);
  const text = `the cogs have ${total} slash commands together, Discord takes ${MAX_SLASH_COMMANDS}; this one has most, ${most?.count}`;
  return [{ cog: most?.name ?? '?', text }];
}

/** Nobody knows whether the build fits a database that does not answer. */
function unknownSchema(error: unknown, signal: AbortSignal): SchemaPreview {
  signal.throwIfAborted();
  return { pending: [], problems: [`the database could not be looked at: ${describeError(error)}`] };
}
