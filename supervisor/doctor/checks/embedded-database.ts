import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../../shared/cli/format.js';
import { errnoOf } from '../../../shared/errors.js';
import { isoTime } from '../../../shared/iso-time.js';
import { type Check, ok, skipped, warn } from '../check.js';
import { totalBytes, walk } from '../walk.js';

/** One thread has all of it in WebAssembly: what is larger is better off in a server of its own. */
const LARGE_BYTES = 2_000_000_000;

/** Size and age of the database that Tux keeps itself. Whether it works is for the check of the database. */
export const embeddedDatabaseCheck: Check = {
  name: 'embedded data',
  async run({ env, raw, paths }, signal) {
    if (env.DATABASE_URL ?? raw.DATABASE_URL) return skipped('DATABASE_URL is set');
    let madeAt: Date;
    try {
      ({ mtime: madeAt } = await stat(join(paths.databaseDir, 'PG_VERSION')));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return ok('none yet; the first start makes it');
      throw error;
    }
    const bytes = totalBytes(await walk(paths.databaseDir, signal));
    const summary = `${formatBytes(bytes)}, made on ${isoTime(madeAt).slice(0, 10)}`;
    if (bytes < LARGE_BYTES) return ok(summary);
    return warn(
      `${summary}: large for the embedded database`,
      'move to a PostgreSQL server, see DATABASE_URL in README.md',
    );
  },
};
