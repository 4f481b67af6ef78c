import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { addDatabaseCommands } from '../../../bot/cli/db.js';
import {
  backends,
  databaseOn,
  foldersBelow,
  OpenDatabase,
  type TestDatabase,
} from '../../support/database-backends.js';
import { isRoot, NOBODY } from '../../support/postgres-binaries.js';

const NOWHERE = { DATABASE_URL: 'postgresql://tux:secret-horse@127.0.0.1:1/tux', DATABASE_POOL_SIZE: 1 } as const;

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

async function run(database: TestDatabase, ...args: string[]): Promise<Outcome> {
  const outcome = { out: '', err: '', code: -1 };
  const program = new Command('tux');
  addDatabaseCommands(program, {
    loadSettings: () => database,
    write: (text) => {
      outcome.out += text;
    },
    writeError: (text) => {
      outcome.err += text;
    },
    setExitCode: (code) => {
      outcome.code = code;
    },
    signal: AbortSignal.timeout(30_000),
  });
  await program.parseAsync(['db', ...args], { from: 'user' });
  return outcome;
}

describe.each(backends)('tux db on $name', (backend) => {
  let database: TestDatabase;
  beforeAll(() => backend.start());
  afterAll(() => backend.stop());
  beforeEach(async () => {
    database = await backend.createEmpty();
  });

  test('health answers with the latency', async () => {
    const { out, code } = await run(database, 'health', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      database: expect.any(String),
      version: expect.stringMatching(/^18/),
      latencyMs: expect.any(Number),
    });
  });

  test('status tells an empty database from a current one, and migrate makes the difference', async () => {
    expect(await run(database, 'status')).toMatchObject({ code: 0, out: expect.stringContaining('is empty') });
    const migrated = JSON.parse((await run(database, 'migrate', '--json')).out);
    expect(migrated).toEqual({
      ok: true,
      result: 'created',
      applied: ['CreateTables1767225600001', 'ServeGuilds1767225600002', 'EffectsOnce1767225600003'],
    });
    const status = JSON.parse((await run(database, 'status', '--json')).out);
    expect(status).toMatchObject({ ok: true, state: 'current', pending: [], unknown: [], problems: [] });
  });

  test('all of it works while the bot has the database open', async () => {
    const bot = databaseOn(database);
    await bot.connect(AbortSignal.timeout(30_000));
    expect(await run(database, 'health')).toMatchObject({ code: 0, out: expect.stringMatching(/^✅ .* answers in /) });
    expect(await run(database, 'status')).toMatchObject({
      code: 0,
      out: expect.stringContaining('✅ The schema is current'),
    });
    const { connections } = JSON.parse((await run(database, 'status', '--json')).out);
    expect(connections).toEqual(backend.name === 'PostgreSQL' ? expect.any(Number) : null);
    expect(await run(database, 'migrate')).toMatchObject({ code: 0, out: '✅ Nothing to do\n' });
    expect(await bot.ping()).toBeGreaterThan(0);
    await bot.close();
  });

  test('status names damage and ends with 78', async () => {
    const bot = databaseOn(database);
    await bot.connect(AbortSignal.timeout(30_000));
    await bot.close();
    const open = await OpenDatabase.open(database);
    await (await open.connect()).query('ALTER TABLE levels DROP COLUMN xp');
    await open.close();
    const { err, code, out } = await run(database, 'status');
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain('problem: column levels.xp is missing');
    expect(JSON.parse((await run(database, 'status', '--json')).out)).toMatchObject({ ok: false, state: 'damaged' });
  });
});

describe('tux db without a database', () => {
  const database = { settings: { ...NOWHERE, DATABASE_TLS: 'off' }, paths: {} } as TestDatabase;

  test.each(['health', 'status', 'migrate'])(
    '%s ends with 69, says what to do, and keeps the password',
    async (name) => {
      const { err, out, code } = await run(database, name);
      expect({ code, out }).toEqual({ code: 69, out: '' });
      expect(err).toMatch(/^❌ Database connection failed: 127\.0\.0\.1:1\/tux .*💡 start the database/);
      const json = await run(database, name, '--json');
      expect(json.code).toBe(69);
      expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'TUX_DB_UNREACHABLE' } });
      expect(err + json.out).not.toContain('secret-horse');
    },
  );
});

describe('tux db on an embedded database that is not there', () => {
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'tux-db-none-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(stateDir, { recursive: true });
  });

  test.each(['health', 'status'])('%s says so, and makes none', async (name) => {
    const database = {
      settings: { DATABASE_POOL_SIZE: 1, DATABASE_TLS: 'off' },
      paths: foldersBelow(stateDir),
    } as const;
    const { err, out, code } = await run(database, name);
    expect({ code, out }).toEqual({ code: 69, out: '' });
    expect(err).toMatch(/^❌ There is no embedded database at .*pgdata yet — .* tux db migrate/);
    const missing = { ...database, paths: foldersBelow(join(stateDir, 'nowhere')) };
    expect(JSON.parse((await run(missing, name, '--json')).out)).toMatchObject({ error: { code: 'TUX_DB_NONE' } });
    expect(await readdir(stateDir)).toEqual([]);
  });

  test('and another user’s is not opened, not even by root', async () => {
    const database = {
      settings: { DATABASE_POOL_SIZE: 1, DATABASE_TLS: 'off' },
      paths: foldersBelow(stateDir),
    } as const;
    if (isRoot) await chown(stateDir, NOBODY, NOBODY);
    vi.spyOn(process, 'getuid').mockReturnValue(0); // who is not root has a folder that is not root's
    for (const name of ['health', 'status', 'migrate']) {
      const { err, code } = await run(database, name);
      expect(code).toBe(1);
      expect(err).toMatch(/^❌ No permission for .*pgdata: .* belongs to (?!root).+, this is root — .*sudo -u /);
    }
    expect(await readdir(stateDir)).toEqual([]);
  });
});
