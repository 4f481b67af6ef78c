import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ExitCode } from '../../../shared/exit-codes.js';
import { StateFile, type StateFileOptions, salvageArray } from '../../../shared/state-file.js';

vi.setConfig({ testTimeout: 30_000 }); // one test writes hundreds of files, on a disk and cores that others use as well

const reminder = z.object({ id: z.string(), text: z.string() });
type Reminders = z.infer<typeof reminder>[];
const now = new Date('2026-01-02T03:04:05.678Z');
const records: Reminders = [
  { id: '1', text: 'feed the penguin 🐧' },
  { id: '2', text: 'again' },
];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-state-file-'));
  path = join(folder, 'reminders.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function stateFile(options: Partial<StateFileOptions<Reminders>> = {}): StateFile<Reminders> {
  return new StateFile({
    path,
    kind: 'reminders',
    schemaVersion: 2,
    schema: z.array(reminder),
    empty: () => [],
    runId: 'run-1',
    now: () => now,
    ...options,
  });
}

const envelope = (changes: Record<string, unknown>) =>
  JSON.stringify({
    schemaVersion: 2,
    kind: 'reminders',
    savedAt: now.toISOString(),
    runId: 'run-1',
    data: records,
    ...changes,
  });

describe('state file', () => {
  it('is empty on the first start', async () => {
    expect(await stateFile().load()).toEqual({ data: [], outcome: 'missing', rejected: 0 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives back what was saved, in the envelope that every state file has', async () => {
    await stateFile().save(records);
    expect(await stateFile().load()).toEqual({ data: records, outcome: 'loaded', rejected: 0 });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      schemaVersion: 2,
      kind: 'reminders',
      savedAt: '2026-01-02T03:04:05.678Z',
      runId: 'run-1',
      data: records,
    });
  });

  it.each([
    ['zero bytes', '', 'the file is empty'],
    ['zeros, as after a power cut', '\0'.repeat(64), /^not JSON/],
    ['another JSON value', 'null', /^not a state file/],
    ['JSON without the envelope', JSON.stringify(records), /^not a state file/],
    ['another kind', envelope({ kind: 'jobs' }), "it holds 'jobs', expected 'reminders'"],
    ['an impossible version', envelope({ schemaVersion: 0 }), /schemaVersion/],
    ['an impossible date', envelope({ savedAt: 'yesterday' }), /savedAt/],
    ['data of another shape', envelope({ data: { id: '1' } }), /expected array/],
    ['no data', envelope({ data: undefined }), /^not a state file: data/],
    ['one bad record, and no way to save the others', envelope({ data: [...records, { id: 3 }] }), /^2\.id/],
  ])('archives a file with %s and starts empty', async (_, content, problem) => {
    await writeFile(path, content);
    const loaded = await stateFile().load();
    expect(loaded).toMatchObject({ data: [], outcome: 'quarantined', rejected: 0 });
    expect(loaded.problem).toMatch(problem);
    expect(await readdir(folder)).toEqual(['reminders.json.broken.20260102T030405678Z']);
    expect(await readFile(loaded.archivePath ?? '', 'utf8')).toBe(content);
  });

  it('archives a file that was cut at any byte, without losing what is left of it', async () => {
    const whole = Buffer.from(envelope({}));
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      const loaded = await stateFile().load();
      expect(loaded, `cut at byte ${length}`).toMatchObject({ data: [], outcome: 'quarantined' });
      expect(await readFile(loaded.archivePath ?? '')).toEqual(whole.subarray(0, length));
    }
    expect(await readdir(folder)).toHaveLength(whole.length);
  });

  it('refuses to start on a file of a newer version, and leaves it alone', async () => {
    const content = envelope({ schemaVersion: 3, data: { future: true } });
    await writeFile(path, content);
    await expect(stateFile().load()).rejects.toMatchObject({
      code: 'TUX_STATE_NEWER',
      exitCode: ExitCode.CONFIG,
      message: expect.stringContaining('version 3, this one knows 2'),
      hint: expect.stringContaining('reminders.json'),
    });
    expect(await readdir(folder)).toEqual(['reminders.json']);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('puts a cache that a newer version wrote aside, and goes on without it', async () => {
    const content = envelope({ schemaVersion: 3, data: { future: true } });
    await writeFile(path, content);
    const loaded = await stateFile({ isCache: true }).load();
    expect(loaded).toMatchObject({ data: [], outcome: 'newer', problem: expect.stringContaining('version 3') });
    expect(await readdir(folder)).toEqual([basename(loaded.archivePath ?? '')]);
    expect(await readFile(loaded.archivePath ?? '', 'utf8')).toBe(content);
  });

  it('says so when the disk or the permissions keep it from reading', async () => {
    await expect(stateFile({ path: folder }).load()).rejects.toMatchObject({
      code: 'TUX_STATE_READ',
      exitCode: ExitCode.IO_ERROR,
    });
  });

  it('takes out single bad records, keeps them beside the file and writes the rest back', async () => {
    await writeFile(path, envelope({ data: [records[0], { id: 3 }, records[1], 'x'] }));
    const file = stateFile({ salvage: salvageArray(reminder) });
    const loaded = await file.load();
    expect(loaded).toMatchObject({ data: records, outcome: 'salvaged', rejected: 2 });
    expect(basename(loaded.archivePath ?? '')).toBe('reminders.json.broken.20260102T030405678Z');
    expect(JSON.parse(await readFile(loaded.archivePath ?? '', 'utf8'))).toMatchObject({
      kind: 'reminders',
      rejected: [{ record: { id: 3 } }, { record: 'x' }],
    });
    expect(await file.load()).toMatchObject({ data: records, outcome: 'loaded' });
  });

  it('archives the whole file when there are no records to save', async () => {
    await writeFile(path, envelope({ data: 'nonsense' }));
    expect(await stateFile({ salvage: salvageArray(reminder) }).load()).toMatchObject({ outcome: 'quarantined' });
  });

  it('removes what a killed writer left behind', async () => {
    await stateFile().save(records);
    await writeFile(`${path}.2718281828`, 'half a fi');
    await stateFile().load();
    expect(await readdir(folder)).toEqual(['reminders.json']);
  });
});
