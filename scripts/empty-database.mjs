// Creates an empty database and packs it into dist/empty-database.tar.gz, which the first start of the embedded database unpacks: creating one
// takes 830 MB of memory and three seconds, unpacking one 250 MB and a second. A small server has the one and not the other.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const target = resolve(import.meta.dirname, '..', 'dist', 'empty-database.tar.gz');
const folder = mkdtempSync(join(tmpdir(), 'tux-empty-database-'));
try {
  const database = await PGlite.create(join(folder, 'pgdata'));
  const archive = await database.dumpDataDir('gzip');
  await database.close();
  writeFileSync(`${target}.new`, Buffer.from(await archive.arrayBuffer()));
  renameSync(`${target}.new`, target); // never half of one
} finally {
  rmSync(folder, { recursive: true, force: true });
}
