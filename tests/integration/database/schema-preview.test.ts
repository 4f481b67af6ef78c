import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../../bot/database/migrations/all.js';
import { previewSchema } from '../../../bot/database/schema-preview.js';
import { environmentSchema } from '../../../shared/config/schema.js';
import { resolvePaths } from '../../../shared/paths.js';
import { SharedPostgres } from '../../support/shared-postgres.js';

const { signal } = new AbortController();

let folder: string;
let postgres: SharedPostgres;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-preview-'));
  postgres = await SharedPostgres.join();
});
afterAll(async () => {
  await postgres.leave();
  await rm(folder, { recursive: true });
});

function preview(DATABASE_URL: string) {
  const settings = environmentSchema.parse({ DISCORD_TOKEN: 'x', DATABASE_URL });
  return previewSchema({ settings, paths: resolvePaths({ stateDir: folder, logDir: folder }), signal });
}

/** Changes the database as somebody else. */
async function sql(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

describe('looking ahead at the schema', () => {
  it('finds nothing where it is current', async () => {
    expect(await preview(await postgres.createDatabase())).toEqual({ pending: [], problems: [] });
  });

  it('refuses a database that is newer, and one whose tables were changed by hand', async () => {
    const url = await postgres.createDatabase();
    await sql(url, 'ALTER TABLE cases DROP COLUMN reason');
    expect((await preview(url)).problems).toEqual([
      'the tables are not as they should be: column cases.reason is missing',
    ]);
    await sql(url, "INSERT INTO migrations (timestamp, name) VALUES (1900000000000, 'Future1900000000000')");
    expect((await preview(url)).problems).toEqual([
      'the database is newer than this build: it has Future1900000000000, which the build does not know',
    ]);
  });

  it('says that a database does not answer', async () => {
    await expect(preview('postgres://x@127.0.0.1:1/x')).rejects.toMatchObject({ exitCode: 69 });
  });

  it('rehearses what is to be run, finds nothing wrong, and clears away what a rehearsal before has left', async () => {
    const leftover = await mkdtemp(join(tmpdir(), 'tux-rehearsal-'));
    await utimes(leftover, 0, 0);
    const url = await postgres.createDatabase();
    await sql(url, 'DELETE FROM migrations');
    const { pending, problems } = await preview(url);
    expect(pending).toHaveLength(migrations.length);
    expect(problems).toEqual([]);
    expect(existsSync(leftover)).toBe(false);
  });
});
