import { existsSync, openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { START_PARAMS } from './embedded-start.js';

// A thread that puts an empty database into the folder it is given, and ends: PGlite keeps the memory that this takes for as long as
// its thread lives, and serving takes less. The database was made by the build (`scripts/empty-database.mjs`); made here it takes
// 800 MB, which a small server may not have.
const madeAhead = fileURLToPath(new URL('../../empty-database.tar.gz', import.meta.url));
const dataDir = workerData as string;
const database = await PGlite.create({
  dataDir,
  startParams: [...START_PARAMS],
  ...(existsSync(madeAhead) && { loadDataDir: await openAsBlob(madeAhead) }),
});
await database.close();
