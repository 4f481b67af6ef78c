import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { packageFile } from '../../../shared/package.js';
import type { InnerFaults } from '../../chaos/inner-faults.js';
import { ensureCompiled } from '../../support/compiled.js';

const HOUR_MS = 3_600_000;
/** Tells which time it is, and how each way to sync a file goes; then has its worker tell the same, if it is the supervisor. */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { fdatasync, fdatasyncSync, fsync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const fd = openSync(process.argv[1], 'r');
const handle = await open(process.argv[1]);
const ways = {
  fsyncSync: () => fsyncSync(fd),
  fdatasyncSync: () => fdatasyncSync(fd),
  fsync: () => promisify(fsync)(fd),
  fdatasync: () => promisify(fdatasync)(fd),
  sync: () => handle.sync(),
  datasync: () => handle.datasync(),
};
const failed = [];
for (const [name, way] of Object.entries(ways)) {
  await Promise.resolve().then(way).catch(({ code }) => failed.push(name + ' ' + code));
}
await handle.close();
console.log(JSON.stringify({ now: Date.now(), made: new Date().getTime(), given: new Date(5).getTime(), failed }));
const { WORKER, TUX_CHAOS_FILE } = process.env;
if (WORKER) spawn(process.execPath, [WORKER], { env: { TUX_CHAOS_FILE }, stdio: 'inherit' });
`;

let folder: string;
beforeAll(() => ensureCompiled(['tests/chaos/inner-faults.ts']), 60_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-inner-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a supervisor and its worker with these faults. @returns what each of them said. */
async function run(faults: InnerFaults) {
  const file = join(folder, 'faults.json');
  const programs = ['supervisor', 'bot'].map((name) => join(folder, name, 'main.mjs'));
  await writeFile(file, JSON.stringify(faults));
  for (const program of programs) {
    await mkdir(join(program, '..'), { recursive: true });
    await writeFile(program, PROGRAM);
  }
  const [supervisor = '', worker = ''] = programs;
  const { href } = pathToFileURL(packageFile('dist/tests/chaos/inner-faults.js'));
  const env = { TUX_CHAOS_FILE: file, WORKER: worker, NODE_OPTIONS: `--import=${href}` };
  const { stdout, stderr } = spawnSync(process.execPath, [supervisor], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const said = stdout.split('\n').filter(Boolean);
  return said.map((line) => JSON.parse(line) as { now: number; made: number; given: number; failed: string[] });
}

it('gives supervisor and worker each the wall clock that is planned, and lets every sync of a file fail', async () => {
  const said = await run({ clockOffsetMs: { supervisor: -HOUR_MS, worker: 5 * HOUR_MS }, isSyncFailing: true });
  const failed = ['fsyncSync', 'fdatasyncSync', 'fsync', 'fdatasync', 'sync', 'datasync'].map((name) => `${name} EIO`);
  expect(said).toMatchObject([
    { given: 5, failed },
    { given: 5, failed },
  ]);
  const hours = (time: number) => Math.round((time - Date.now()) / HOUR_MS);
  expect(said.map(({ now, made }) => [hours(now), hours(made)])).toEqual([
    [-1, -1],
    [5, 5],
  ]);
});
