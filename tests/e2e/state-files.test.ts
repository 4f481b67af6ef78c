import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compactTimestamp } from '../../shared/atomic-file.js';
import type { Paths } from '../../shared/paths.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

let postgres: PostgresServer;
/** The state folder of a Tux that was killed in its second run: snapshots of the first, journals of the second. */
let template: string;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await startPostgres();
  template = await prepareTemplate();
});
afterAll(async () => {
  await rm(template, { recursive: true, force: true });
  await postgres.stop();
});
afterEach(() => rig.dispose());

/** Files that are read at a start and whose content somebody may want back. */
const ARCHIVED = [
  'queueCache',
  'reminders',
  'commandCache',
  'liveViews',
  'supervisorState',
  'identifyLedger',
] as const satisfies (keyof Paths)[];

/** Ways in which a file gets lost, made from what it held. */
const BREAKS: Readonly<Record<string, (content: string) => string>> = {
  'has zero bytes': () => '',
  'is cut in half': (content) => content.slice(0, content.length / 2),
  'holds something else': () => '{"hats":[1,2,3]}',
  'holds other data than its schema allows': (content) => content.replace(/"data":.*$/s, '"data":{"hats":3}}'),
};

describe('a state file that cannot be read', () => {
  for (const [how, breakIt] of Object.entries(BREAKS)) {
    it(`is archived with its bytes and logged, and Tux starts without it, when it ${how}`, async () => {
      rig = await rigFromTemplate();
      const broken = ARCHIVED.map((name) => overwrite(rig.paths[name], breakIt));
      const supervisor = await rig.startReady();
      await supervisor.log.waitFor('commands:registered');
      for (const { path, content } of broken) {
        const [archive] = archivesOf(path);
        expect(archive, `no archive of ${path}`).toBeDefined();
        expect(readFileSync(archive ?? '', 'utf8')).toBe(content);
        expect(archivesOf(path)).toHaveLength(1);
        expect(supervisor.log.text).toContain(JSON.stringify(archive));
      }
      // The journals are whole: what the second run added is there.
      expect((await rig.ask('$queue list')).content).toMatch(/in-journal/);
      expect((await rig.ask('$queue list')).content).not.toMatch(/in-snapshot/);
      expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, commandPuts: 1 });
      expect((await rig.status()).identifyBudget.remaining).toBe(999);
      await stopCleanly(supervisor);
    });
  }
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

async function rigFromTemplate(): Promise<TuxRig> {
  const copy = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  cpSync(template, copy.paths.stateDir, { recursive: true });
  return copy;
}

async function prepareTemplate(): Promise<string> {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  const first = await rig.startReady();
  await rig.ask('$queue add 3600 in-snapshot');
  await rig.ask('$remind 10h in-snapshot');
  await rig.ask('$queue panel');
  await stopCleanly(first);
  const second = await rig.startReady();
  await rig.ask('$queue add 3600 in-journal');
  await rig.ask('$remind 10h in-journal');
  for (const pid of [second.pid, second.workerPid]) process.kill(pid, 'SIGKILL');
  await second.ended;
  const folder = await mkdtemp(join(tmpdir(), 'tux-template-'));
  cpSync(rig.paths.stateDir, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  await rig.dispose();
  return folder;
}
