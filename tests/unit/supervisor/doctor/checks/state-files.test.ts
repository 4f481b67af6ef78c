import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../../../shared/paths.js';
import { judgeFile, stateFilesCheck } from '../../../../../supervisor/doctor/checks/state-files.js';
import { knownFiles } from '../../../../../supervisor/doctor/known-files.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

let folder: string;
let state: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
  state = join(folder, 'state');
  await mkdir(state);
});
afterEach(() => rm(folder, { recursive: true }));

const envelope = (kind: string, schemaVersion = 1) =>
  JSON.stringify({ schemaVersion, kind, savedAt: '2026-01-01T00:00:00.000Z', runId: 'RUN', data: {} });
const put = (name: string, content: string) => writeFile(join(state, name), content);
const check = async () => [await stateFilesCheck.run(doctorContext(folder), noSignal)].flat();

describe('the state files', () => {
  it('are none before the first start', async () => {
    expect(await check()).toEqual([{ status: 'ok', summary: 'none yet' }]);
    await rm(state, { recursive: true });
    expect(await check()).toEqual([{ status: 'ok', summary: 'none yet' }]);
    await mkdir(state);
  });

  it('are fine when they can be read, also while a line is being written', async () => {
    await put('reminders.json', envelope('reminders'));
    await put('queue-cache.journal', '{"v":1,"seq":1,"record":{}}\n{"v":1,"se');
    await put('history.jsonl', '{"runId":"a"}\n{"run');
    expect(await check()).toEqual([{ status: 'ok', summary: '3 files, 0.2 kB, all can be read' }]);
  });

  it.each([
    ['', 'reminders.json is empty'],
    ['{"schema', 'reminders.json is not JSON'],
    ['[]', 'reminders.json is no state file'],
    [envelope('jobs'), "reminders.json holds 'jobs', expected 'reminders'"],
  ])('that cannot be read fail, and are left where they are: %s', async (content, summary) => {
    await put('reminders.json', content);
    expect(await check()).toEqual([
      { status: 'fail', summary, fix: expect.stringContaining(join(state, 'reminders.json')) },
    ]);
    expect(await readdir(state)).toEqual(['reminders.json']);
  });

  it.each([
    ['reminders.json', envelope('reminders', 2)],
    ['queue-cache.journal', '{"v":2,"seq":1,"record":{}}\n'],
  ])('of a newer Tux fail, with the way out: %s', async (name, content) => {
    await put(name, content);
    expect(await check()).toEqual([
      {
        status: 'fail',
        summary: `${name} was written by a newer Tux (version 2, this one knows 1)`,
        fix: `start the newer Tux again, or begin without it: mv ${state}/${name} ${state}/${name}.newer`,
      },
    ]);
  });

  it('of a newer Tux are no obstacle where what they hold can be had again', async () => {
    await put('gateway-session.json', envelope('gateway-session', 2));
    await put('command-cache.json', envelope('command-cache', 2));
    expect(await check()).toMatchObject(
      ['command-cache.json', 'gateway-session.json'].map((name) => ({
        status: 'warn',
        summary: `${name} was written by a newer Tux (version 2, this one knows 1)`,
      })),
    );
  });

  it('warn of single lines that cannot be read', async () => {
    await put('queue-cache.journal', 'rubbish\n{"v":1,"seq":1,"record":{}}\n');
    await put('history.jsonl', 'rubbish\n{"runId":"a"}\nmore\n');
    expect(await check()).toMatchObject([
      { status: 'warn', summary: 'queue-cache.journal has 1 line that cannot be read' },
      { status: 'warn', summary: 'history.jsonl has 2 lines that cannot be read' },
    ]);
  });

  it('warn of what was put aside, and name the newest', async () => {
    await put('reminders.json.broken.20260102T000000000Z', '');
    expect(await check()).toMatchObject([
      { status: 'warn', summary: expect.stringMatching(/^1 file could not be read at a start and was kept, /) },
    ]);
    await put('queue-cache.json.broken.20260103T000000000Z', '');
    expect(await check()).toEqual([
      {
        status: 'warn',
        summary:
          '2 files could not be read at a start and were kept, the newest is queue-cache.json.broken.20260103T000000000Z',
        fix: `once you have looked at them: rm ${state}/*.broken.*`,
      },
    ]);
  });

  it('warn of one that has grown out of all proportion', () => {
    const [file] = knownFiles(resolvePaths({ stateDir: state, logDir: state }));
    if (!file) throw new Error('no files are known');
    const found = judgeFile({ ...file, bytes: 60_000_000, content: Buffer.from(envelope(file.kind)) });
    expect(found).toMatchObject([{ status: 'warn', summary: 'queue-cache.json has 60.0 MB' }]);
  });

  it('are all known that have a path of their own', () => {
    const paths = resolvePaths({ stateDir: '/state', logDir: '/logs' });
    const files = Object.values(paths).filter(
      (path) => path.startsWith('/state/') && /\.(json|jsonl|journal)$/.test(path),
    );
    expect(
      knownFiles(paths)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(files.sort());
  });
});
