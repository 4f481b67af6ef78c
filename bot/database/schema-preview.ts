import { isTuxError } from '../../shared/errors.js';
import type { Paths } from '../../shared/paths.js';
import type { DatabaseSettings } from './address.js';
import { AdminSession, type SchemaReport } from './admin-session.js';
import { migrations } from './migrations/all.js';
import { rehearseApart } from './rehearsal.js';

/** How the schema of this build and the database go together. */
export interface SchemaPreview {
  /** Names of the migrations that the start of this build will run, in their order. */
  readonly pending: readonly string[];
  /** Why it cannot start with this database, one sentence each. */
  readonly problems: readonly string[];
}

export interface SchemaPreviewOptions {
  readonly settings: DatabaseSettings;
  readonly paths: Pick<Paths, 'stateDir' | 'databaseDir'>;
  readonly signal: AbortSignal;
}

/**
 * Looks, changing nothing, whether this build can start with the database as it is. Migrations that would run are rehearsed in a
 * database of their own, which has the tables but not the rows: what only fails on certain rows is not found.
 *
 * @throws TuxError as `AdminSession.open`: the database cannot be looked at; the signal's reason.
 */
export async function previewSchema(options: SchemaPreviewOptions): Promise<SchemaPreview> {
  const { unknown, problems, pending } = await inspect(options);
  if (unknown.length > 0) {
    const names = unknown.join(', ');
    return {
      pending: [],
      problems: [`the database is newer than this build: it has ${names}, which the build does not know`],
    };
  }
  if (problems.length > 0)
    return { pending, problems: [`the tables are not as they should be: ${problems.join('; ')}`] };
  if (pending.length === 0) return { pending, problems: [] };
  return { pending, problems: await rehearseApart(options.signal) };
}

async function inspect({
  settings,
  paths,
  signal,
}: SchemaPreviewOptions): Promise<Pick<SchemaReport, 'unknown' | 'problems' | 'pending'>> {
  let session: AdminSession;
  try {
    session = await AdminSession.open({ settings, paths, signal, mayCreate: false });
  } catch (error) {
    if (!isTuxError(error) || error.code !== 'TUX_DB_NONE') throw error;
    return { unknown: [], problems: [], pending: migrations.map((Migration) => new Migration().name) }; // the first start makes it
  }
  try {
    return await session.inspect();
  } finally {
    await session.close();
  }
}
