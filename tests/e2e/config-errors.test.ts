import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_TOKEN } from '../../sandbox/index.js';
import type { LogLine } from '../support/log-watch.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

/** For what ends before anybody asks for the database. */
const NOBODY_ASKS = 'postgresql://tux@127.0.0.1:1/tux';

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig.dispose());

interface HumanError {
  readonly what: string;
  /** Brings the trouble about; returns settings that are part of it. */
  readonly prepare: () => Promise<Record<string, string>>;
  /** What is wrong, then what to do about it. */
  readonly says: RegExp;
  readonly identifies: number;
}

/** Found by the worker at its start. */
const startErrors: readonly HumanError[] = [
  {
    what: 'a token that Discord refuses',
    prepare: async () => {
      rig.sandbox.faults.revokeToken();
      return {};
    },
    says: /Discord refused the token — copy the token anew .* into DISCORD_TOKEN$/,
    identifies: 0,
  },
  {
    what: 'an intent that Discord does not allow',
    prepare: async () => {
      rig.sandbox.faults.disallowIntents();
      return {};
    },
    says: /does not allow an intent .*\(4014\) — switch on Message Content Intent/,
    identifies: 1,
  },
  {
    what: 'a wrong database password',
    prepare: async () => ({ DATABASE_URL: postgres.url('postgres', 'tr0ub4dor') }),
    says: /password authentication failed.* — 💡 check user and password in DATABASE_URL/,
    identifies: 0,
  },
  {
    what: 'a database that does not exist',
    prepare: async () => ({ DATABASE_URL: postgres.url('nowhere') }),
    says: /"nowhere" does not exist.* — 💡 create the database or correct its name/,
    identifies: 0,
  },
  {
    what: 'a database of a later release',
    prepare: async () => {
      const DATABASE_URL = await postgres.createEmptyDatabase();
      await addUnknownMigration(DATABASE_URL);
      return { DATABASE_URL };
    },
    says: /database is newer than this program: it has AddHats1999999999999.* — 💡 start the release that was used last/,
    identifies: 0,
  },
];

// `gateway.test.ts` has a token that is revoked while Tux runs.
describe('what only a human can put right', () => {
  for (const { what, prepare, says, identifies } of startErrors) {
    it(`ends supervision with 78 and one line that says what to do: ${what}`, async () => {
      rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
      const supervisor = rig.start(await prepare());
      expect(await supervisor.ended).toEqual({ code: 78, signal: null });
      const { msg, event, class: runClass } = onlyComplaint(supervisor);
      expect(msg).toMatch(says);
      expect({ event, runClass }).toEqual({ event: 'worker:ended', runClass: 'config' });
      expect(supervisor.log.all('worker:started')).toHaveLength(1);
      expect(rig.sandbox.recorder.counters).toMatchObject({ identifies, liveConnections: 0 });
      await expectHistory(says);
      expectNothingLeft();
      expectNoSecrets(supervisor);
    });
  }

  it('is told to whoever asked for the restart that met it', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    rig.sandbox.faults.disallowIntents();
    rig.sandbox.faults.dropResume(); // intents are looked at when a session begins
    const { code, output } = await rig.supervisorCommand('restart');
    expect(output).toMatch(/^❌ Tux ended: .*does not allow an intent.* — switch on Message Content Intent/);
    expect(code).toBe(78);
    expect(await supervisor.ended).toEqual({ code: 78, signal: null });
    expect((await rig.history()).map((run) => run.class)).toEqual(['planned', 'config']);
    expectNothingLeft();
  });
});

describe('a bad configuration', () => {
  it('is refused with 78 before anything starts, all problems in one line, secrets left out', async () => {
    const bad = {
      DATABASE_URL: 'mysql://root:hunter2@db/tux',
      SENTRY_DSN: 'not-a-dsn-but-secret',
      TUX_OWNER_IDS: 'bob',
      TUX_PREFIX: 'a b',
      LOG_LEVEL: 'loud',
      TUX_STOP_TIMEOUT_MS: 'soon',
      TUX_MAX_CRASHES: '0',
    };
    rig = await TuxRig.create(bad);
    const supervisor = rig.start();
    expect(await supervisor.ended).toEqual({ code: 78, signal: null });
    const { text } = supervisor.log;
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    for (const name of Object.keys(bad)) expect(text).toContain(`${name}: `);
    expect(text).toMatch(/^❌ Configuration: .*\(received 'loud'\).* — set it in the environment or in \.env/);
    expect(text).not.toMatch(/hunter2|not-a-dsn/);
    expect(existsSync(rig.paths.stateDir)).toBe(false);
    expect(rig.sandbox.recorder.requests.since()).toEqual([]);
  });

  it('without a token says so, and that it is the only problem', async () => {
    rig = await TuxRig.create({ DATABASE_URL: NOBODY_ASKS });
    const supervisor = rig.start({ DISCORD_TOKEN: '' });
    expect(await supervisor.ended).toEqual({ code: 78, signal: null });
    expect(supervisor.log.text).toMatch(/^❌ Configuration: DISCORD_TOKEN: is missing — set it .*\n$/);
    expect(rig.sandbox.recorder.requests.since()).toEqual([]);
  });
});

describe('tux config', () => {
  it('tells good settings from bad ones before anything is started, and shows no secret', async () => {
    rig = await TuxRig.create({ DATABASE_URL: NOBODY_ASKS });
    const good = { code: 0, output: '✅ The configuration is valid\n' };
    expect(await rig.tuxCommand('config', 'validate')).toEqual(good);
    const { output } = await rig.tuxCommand('config', 'show');
    expect(output).toMatch(/^TUX_PREFIX +\$/m);
    expect(output).not.toContain(SANDBOX_TOKEN);
    writeFileSync(join(rig.folder, '.env'), 'LOG_LEVEL=loud\nTUX_PREFIX=a b\n');
    const bad = await rig.tuxCommand('config', 'validate');
    expect(bad).toMatchObject({
      code: 78,
      output: expect.stringMatching(/TUX_PREFIX: .*LOG_LEVEL: .*received 'loud'/),
    });
  });
});

/** The one line at level error or above of the supervisor: what an operator searches the log for. */
function onlyComplaint({ log }: Program): LogLine {
  const complaints = log.lines.filter(({ name, level }) => name === 'supervisor' && level >= 50);
  const [complaint] = complaints;
  if (complaint === undefined || complaints.length > 1) throw new Error(`not one complaint but:\n${log.text}`);
  expect(complaint).toBe(log.lines.at(-1));
  expect(complaint.msg).not.toContain('\n');
  return complaint;
}

/** Also when nothing runs any more, `history` explains the end. */
async function expectHistory(says: RegExp): Promise<void> {
  const runs = await rig.history();
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ class: 'config', code: 78, signal: null, reason: expect.stringMatching(says) });
  const { output } = await rig.supervisorCommand('history');
  expect(output.trimEnd().split('\n').at(-1)).toMatch(says);
}

function expectNothingLeft(): void {
  expect(rig.processes()).toEqual([]);
  expect(readdirSync(rig.paths.stateDir).filter((name) => /\.(lock|sock|mutex)$|\.\d+$/.test(name))).toEqual([]);
}

function expectNoSecrets({ log }: Program): void {
  const files = [rig.paths.log, rig.paths.crashLog, rig.paths.history];
  const everything = [log.text, ...files.map((file) => readFileSync(file, 'utf8'))].join('\n');
  for (const secret of [SANDBOX_TOKEN, 'correct-horse', 'tr0ub4dor']) expect(everything).not.toContain(secret);
}

async function addUnknownMigration(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    'CREATE TABLE migrations (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name text NOT NULL)',
  );
  await client.query(`INSERT INTO migrations ("timestamp", name) VALUES (1999999999999, 'AddHats1999999999999')`);
  await client.end();
}
