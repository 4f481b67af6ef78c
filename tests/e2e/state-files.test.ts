import { cpSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readLockOwner } from '../../shared/instance-lock.js';
import type { Paths } from '../../shared/paths.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
/** One for all: what is in it does not matter here. */
let databaseUrl: string;
/** The state folder of a Tux that was killed in its second run: snapshots of the first, journals of the second. */
let template: string;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  databaseUrl = await postgres.createDatabase();
  template = await prepareTemplate();
});
afterAll(async () => {
  await rm(template, { recursive: true, force: true });
  await postgres.leave();
});
afterEach(() => rig.dispose());

/** What a start reads, and what somebody may want back. */
const STATE = [
  'queueCache',
  'reminders',
  'scheduledDms',
  'eventCache',
  'commandCache',
  'liveViews',
  'cooldowns',
  'maintenance',
  'supervisorState',
  'identifyLedger',
] as const satisfies (keyof Paths)[];
const JOURNALS = ['queueJournal', 'remindersJournal'] as const satisfies (keyof Paths)[];

/** What no decision of a start depends on, or what is worth nothing without its process. */
const NOTES = ['exitMarker', 'lastShutdown', 'history', 'supervisorLock', 'botLock'] as const satisfies (keyof Paths)[];

/** Ways in which a file gets lost, made from what it held. */
const BREAKS: Readonly<Record<string, (content: string) => string>> = {
  'has zero bytes': () => '',
  'is cut in half': (content) => content.slice(0, content.length / 2),
  'holds something else': () => '{"hats":[1,2,3]}',
  'holds other data than its schema allows': (content) => content.replace(/"data":.*$/s, '"data":{"hats":3}}'),
};

describe('files that cannot be read', () => {
  for (const [how, breakIt] of Object.entries(BREAKS)) {
    it(`are archived with their bytes if they hold state, decide nothing if they are notes, when each ${how}`, async () => {
      rig = await rigFromTemplate();
      abandonLocks();
      const state = STATE.map((name) => overwrite(rig.paths[name], breakIt));
      const notes = NOTES.map((name) => overwrite(rig.paths[name], breakIt));
      const supervisor = await rig.startReady();
      for (const { path, content } of state) {
        expect(archivesOf(path).map((archive) => readFileSync(archive, 'utf8'))).toEqual([content]);
        expect(supervisor.log.text).toContain(`"archivePath":"${path}.broken.`);
      }
      expect((await readLockOwner(rig.paths.supervisorLock))?.pid).toBe(supervisor.pid);
      expect((await readLockOwner(rig.paths.botLock))?.pid).toBe(supervisor.workerPid);

      // The journals are whole: what the second run added is there.
      expect((await rig.ask('$queue list')).content).toMatch(/in-journal/);
      const reminders = (await rig.ask('$remind list')).content;
      expect(reminders).toMatch(/in-journal/);
      expect(reminders).not.toMatch(/in-snapshot/);
      await supervisor.log.waitFor('commands:registered');
      expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, commandPuts: 1 });

      const { output } = await rig.supervisorCommand('stop', '--json');
      expect(JSON.parse(output)).toMatchObject({ lastShutdown: { exitCode: 0 } });
      expect(await supervisor.ended).toEqual({ code: 0, signal: null });
      for (const { path } of notes) expect(archivesOf(path)).toEqual([]);
      // History is for people: what cannot be read of it stays where it is, and the next run has a line of its own.
      const oldHistory = notes.find(({ path }) => path === rig.paths.history)?.content;
      expect(readFileSync(rig.paths.history, 'utf8')).toContain(oldHistory);
      expect((await rig.history()).at(-1)).toMatchObject({ class: 'stopped' });
    });
  }
});

describe('a journal', () => {
  it('of zero bytes is an empty one: the snapshot stands alone', async () => {
    rig = await rigFromTemplate();
    for (const name of JOURNALS) overwrite(rig.paths[name], () => '');
    await rig.startReady();
    expect((await rig.ask('$queue list')).content).not.toMatch(/in-journal/);
    expect((await rig.ask('$queue list')).content).toMatch(/in-snapshot/);
    expect((await rig.ask('$remind list')).content).toMatch(/in-snapshot/);
  });

  it('whose last line a crash tore loses that line alone', async () => {
    rig = await rigFromTemplate();
    for (const name of JOURNALS) overwrite(rig.paths[name], (content) => `${content}${content.slice(0, 40)}`);
    const supervisor = await rig.startReady();
    expect(
      supervisor.log
        .all('journal:torn')
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['jobs', 'reminders']);
    expect((await rig.ask('$queue list')).content).toMatch(/in-snapshot[\s\S]*in-journal/);
    expect((await rig.ask('$remind list')).content).toMatch(/in-snapshot[\s\S]*in-journal/);
    for (const name of JOURNALS) expect(archivesOf(rig.paths[name])).toEqual([]);
  });

  it('with an unreadable line is archived with its bytes, and its other lines count', async () => {
    rig = await rigFromTemplate();
    const broken = JOURNALS.map((name) => overwrite(rig.paths[name], (content) => `{"hats":3}\n${content}`));
    const supervisor = await rig.startReady();
    for (const { path, content } of broken) {
      expect(archivesOf(path).map((archive) => readFileSync(archive, 'utf8'))).toEqual([content]);
    }
    expect(supervisor.log.all('journal:damaged').map(({ badLines }) => badLines)).toEqual([1, 1]);
    expect((await rig.ask('$queue list')).content).toMatch(/in-snapshot[\s\S]*in-journal/);
    expect((await rig.ask('$remind list')).content).toMatch(/in-snapshot[\s\S]*in-journal/);
  });
});

describe('a file of a later release', () => {
  // Those of the supervisor, and one of each kind of the worker; `tests/integration/application.test.ts` has all the others.
  for (const name of ['supervisorState', 'identifyLedger', 'queueCache', 'queueJournal'] as const) {
    it(`is kept byte for byte and the start refused with 78, before any IDENTIFY: ${name}`, async () => {
      rig = await rigFromTemplate();
      const isJournal = name.endsWith('Journal');
      const later = (text: string) =>
        isJournal ? `${text}{"v":99,"seq":999,"record":{}}\n` : text.replace('"schemaVersion":1', '"schemaVersion":99');
      const { path, content } = overwrite(rig.paths[name], later);
      const supervisor = rig.start();
      expect(await supervisor.ended).toEqual({ code: 78, signal: null });
      const complaint = supervisor.log.lines.at(-1);
      expect(complaint).toMatchObject({ level: expect.toSatisfy((level: number) => level >= 50), name: 'supervisor' });
      expect(complaint?.msg).toContain(`${path} was written by a newer Tux`);
      expect(complaint?.msg).toContain(`or move ${basename(path)} away`);
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(archivesOf(path)).toEqual([]);
      expect(rig.sandbox.recorder.counters.identifies).toBe(0);
      expect(rig.processes()).toEqual([]);
    });
  }

  it('does not refuse the start when it is a lock record, a note about the last end or the history', async () => {
    rig = await rigFromTemplate();
    abandonLocks();
    for (const name of NOTES) {
      overwrite(rig.paths[name], (text) =>
        text.replace('"schemaVersion":1', '"schemaVersion":99').replace('"pid"', '"p"'),
      );
    }
    const supervisor = await rig.startReady();
    await stopCleanly(supervisor);
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ exitCode: 0 });
    expect(existsSync(rig.paths.botLock)).toBe(false);
  });
});

async function stopCleanly(supervisor: Program): Promise<void> {
  supervisor.kill('SIGTERM');
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
}

/** Paths of `NAME.broken.YYYYMMDDTHHMMSSmmmZ` beside a file. */
function archivesOf(path: string): string[] {
  const pattern = new RegExp(`^${basename(path).replace('.', '\\.')}\\.broken\\.\\d{8}T\\d{9}Z$`);
  return readdirSync(rig.paths.stateDir)
    .filter((name) => pattern.test(name))
    .map((name) => join(rig.paths.stateDir, name));
}

function overwrite(path: string, change: (content: string) => string): { path: string; content: string } {
  const content = change(readFileSync(path, 'utf8'));
  writeFileSync(path, content);
  return { path, content };
}

/** Without a readable record the age of its heartbeat says whether a lock is still held: here it is not. */
function abandonLocks(): void {
  const longAgo = new Date(Date.now() - 60_000);
  for (const name of ['supervisorLock', 'botLock'] as const) utimesSync(`${rig.paths[name]}.lock`, longAgo, longAgo);
}

async function rigFromTemplate(): Promise<TuxRig> {
  const copy = await TuxRig.create({ DATABASE_URL: databaseUrl, TUX_DRAIN_TIMEOUT_MS: '0' });
  cpSync(template, copy.paths.stateDir, { recursive: true });
  return copy;
}

async function prepareTemplate(): Promise<string> {
  rig = await TuxRig.create({ DATABASE_URL: databaseUrl, TUX_DRAIN_TIMEOUT_MS: '0' });
  rig.sandbox.organizer.create({ name: 'Tea', startsInMs: 3_600_000 });
  const first = await rig.startReady();
  await first.log.waitFor('commands:registered');
  await rig.ask('$queue add 3600 in-snapshot');
  await rig.ask('$remind 10h in-snapshot');
  await rig.ask('$queue panel');
  await rig.ask('$admin maintenance off');
  await stopCleanly(first);
  const second = await rig.startReady();
  await rig.ask('$queue add 3600 in-journal');
  await rig.ask('$remind 10h in-journal');
  for (const pid of [second.pid, second.workerPid]) process.kill(pid, 'SIGKILL');
  await second.ended;
  const folder = await mkdtemp(join(tmpdir(), 'tux-template-'));
  cpSync(rig.paths.stateDir, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  await rig.dispose();
  writeState(folder, 'exit-marker', null); // as if it had been killed on its way down
  writeState(folder, 'cooldowns', [{ key: 'wave|user|1', until: new Date(Date.now() + 3_600_000).toISOString() }]);
  return folder;
}

/** A state file by hand, where no run left one behind. */
function writeState(folder: string, kind: string, data: unknown): void {
  const state = { schemaVersion: 1, kind, savedAt: new Date().toISOString(), runId: 'killed', data };
  writeFileSync(join(folder, `${kind}.json`), JSON.stringify(state));
}
