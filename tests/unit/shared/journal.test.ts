import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Journal } from '../../../shared/journal.js';
import { fileHandlePrototype } from '../../support/file-handle-prototype.js';

vi.setConfig({ testTimeout: 30_000 }); // one test writes hundreds of files, on a disk and cores that others use as well

const schema = z.object({ id: z.number(), text: z.string() });
type Note = z.infer<typeof schema>;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-journal-'));
  path = join(folder, 'notes.journal');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

function note(id: number): Note {
  return { id, text: `täxt ${id} 🐧` };
}

function journal(onCommit?: (record: Note) => void): Journal<Note> {
  return new Journal({ path, schemaVersion: 1, schema, ...(onCommit && { onCommit }) });
}

async function load(afterSeq = 0) {
  const opened = journal();
  const loaded = await opened.open(afterSeq);
  await opened.close();
  return loaded;
}

async function write(...ids: number[]): Promise<Journal<Note>> {
  const opened = journal();
  await opened.open(0);
  for (const id of ids) await opened.append(note(id));
  return opened;
}

function diskFull(): Error {
  return Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

describe('Journal', () => {
  it('gives back what was appended, in order', async () => {
    await (await write(1, 2, 3)).close();
    expect(await load()).toEqual({ records: [note(1), note(2), note(3)], hadTornLine: false, badLines: 0 });
  });

  it('makes a file that only its owner can read', async () => {
    await (await write(1)).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('refuses appends before open and after close', async () => {
    const opened = journal();
    await expect(opened.append(note(1))).rejects.toMatchObject({ code: 'TUX_JOURNAL_CLOSED' });
    await opened.open(0);
    await opened.close();
    await expect(opened.append(note(1))).rejects.toMatchObject({ code: 'TUX_JOURNAL_CLOSED' });
  });

  it('lets all appends that wait share one fdatasync', async () => {
    const opened = await write();
    const datasync = vi.spyOn(await fileHandlePrototype(), 'datasync');
    await Promise.all(Array.from({ length: 10_000 }, (_, id) => opened.append(note(id))));
    expect(datasync).toHaveBeenCalledTimes(1);
    await opened.close();
    expect((await load()).records).toHaveLength(10_000);
  });

  it('collects the next batch while one is being written', async () => {
    const opened = await write();
    const datasync = vi.spyOn(await fileHandlePrototype(), 'datasync');
    const first = opened.append(note(1));
    await vi.waitFor(() => expect(datasync).toHaveBeenCalledTimes(1), { interval: 0 });
    await Promise.all([first, opened.append(note(2)), opened.append(note(3))]);
    expect(datasync).toHaveBeenCalledTimes(2);
    await opened.close();
  });

  it('commits a batch in one go before any of its appends resolves', async () => {
    const committed: number[] = [];
    const opened = journal((record) => committed.push(record.id));
    await opened.open(0);
    const first = opened.append(note(1)).then(() => ({ ids: [...committed], seq: opened.position.seq }));
    await opened.append(note(2));
    expect(await first).toEqual({ ids: [1, 2], seq: 2 });
    await opened.close();
  });

  it('loses at most the torn line when the file is cut at any byte, and appends cleanly after it', async () => {
    await (await write(1, 2, 3)).close();
    const whole = await readFile(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1);
    for (let cut = 0; cut <= whole.length; cut += 1) {
      await writeFile(path, whole.subarray(0, cut));
      const survivors = ends.filter((end) => end <= cut).length;
      const opened = journal();
      const loaded = await opened.open(0);
      expect(loaded.records, `cut at byte ${cut}`).toEqual([note(1), note(2), note(3)].slice(0, survivors));
      expect(loaded.hadTornLine).toBe(cut !== 0 && !ends.includes(cut));
      await opened.append(note(99));
      await opened.close();
      expect((await load()).records.at(-1)).toEqual(note(99));
    }
    expect(await readdir(folder), 'a torn end is no damage').toEqual(['notes.journal']);
  });

  it('keeps the readable lines before and after a damaged one, and archives the file as it was', async () => {
    await (await write(1, 2, 3)).close();
    const lines = (await readFile(path, 'latin1')).split('\n');
    const damaged = [lines[0], lines[1]?.slice(7), Buffer.from([0xff]).toString('latin1'), lines[2], ''].join('\n');
    await writeFile(path, damaged, 'latin1');
    const loaded = await load();
    expect(loaded).toMatchObject({ badLines: 2, hadTornLine: false });
    expect(loaded.records.map((record) => record.id)).toEqual([1, 3]);
    expect(loaded.archivePath).toMatch(/notes\.journal\.broken\.\d{8}T\d{9}Z$/);
    expect(await readFile(loaded.archivePath ?? '', 'latin1')).toBe(damaged);
    expect(await load()).toMatchObject({ badLines: 0, records: [{ id: 1 }, { id: 3 }] });
  });

  it('counts a record that does not fit its schema as damaged', async () => {
    await (await write(1)).close();
    await appendFile(path, '{"v":1,"seq":2,"record":{"id":"two"}}\n');
    expect(await load()).toMatchObject({ badLines: 1, records: [note(1)] });
  });

  it('refuses a journal of a newer version and leaves it alone', async () => {
    const content = '{"v":1,"seq":1,"record":{"id":1,"text":""}}\n{"v":2,"seq":2,"record":{"new":true}}\n{"v":2';
    await writeFile(path, content);
    await expect(load()).rejects.toMatchObject({ code: 'TUX_STATE_NEWER', exitCode: 78 });
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('says so when the file cannot be read', async () => {
    path = folder;
    await expect(load()).rejects.toMatchObject({ code: 'TUX_STATE_READ', exitCode: 74 });
  });
});

describe('Journal on a full disk', () => {
  it.each(['write', 'datasync'] as const)(
    'rejects the appends when %s fails, and works again later',
    async (method) => {
      const opened = await write(1);
      const failing = vi.spyOn(await fileHandlePrototype(), method).mockRejectedValueOnce(diskFull());
      const attempts = await Promise.allSettled([opened.append(note(2)), opened.append(note(3))]);
      expect(attempts).toMatchObject(
        Array(2).fill({ status: 'rejected', reason: { code: 'TUX_STATE_WRITE', exitCode: 74 } }),
      );
      failing.mockRestore();
      await opened.append(note(4));
      await opened.close();
      expect(await load()).toMatchObject({ records: [note(1), note(4)], badLines: 0, hadTornLine: false });
    },
  );

  it('cuts off half a line that a failed write left, at once', async () => {
    const opened = await write(1);
    const prototype = await fileHandlePrototype();
    const before = await readFile(path);
    vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(diskFull());
    await expect(opened.append(note(2))).rejects.toThrow('ENOSPC');
    expect(await readFile(path)).toEqual(before);
    await opened.close();
  });

  it('cuts it off before the next write when the disk refused that as well', async () => {
    const opened = await write(1);
    const prototype = await fileHandlePrototype();
    vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(diskFull());
    vi.spyOn(prototype, 'truncate').mockRejectedValueOnce(diskFull());
    await expect(opened.append({ id: 2, text: 'x'.repeat(500) })).rejects.toThrow('ENOSPC');
    await opened.append(note(3));
    await opened.close();
    expect(await load()).toMatchObject({ records: [note(1), note(3)], badLines: 0, hadTornLine: false });
  });

  it('never fills up a file that somebody else shortened', async () => {
    const opened = await write(1, 2);
    await opened.dropBefore({ seq: 0, bytes: 0 }); // lets go of the handle
    await writeFile(path, '');
    await expect(opened.append(note(3))).rejects.toThrow('shorter than what was written');
    await opened.close();
    expect(await readFile(path, 'utf8')).toBe('');
  });
});

describe('Journal compaction', () => {
  it('drops what the snapshot holds and keeps what came after it', async () => {
    const opened = await write(1, 2);
    const position = opened.position;
    await opened.append(note(3));
    await opened.dropBefore(position);
    await opened.append(note(4));
    await opened.close();
    expect((await load(position.seq)).records).toEqual([note(3), note(4)]);
    expect((await load(0)).records, 'the older ones are gone from the file').toEqual([note(3), note(4)]);
  });

  it('loses no append that meets a compaction', async () => {
    const opened = await write(1);
    await Promise.all([opened.append(note(2)), opened.dropBefore(opened.position), opened.append(note(3))]);
    await opened.close();
    expect((await load(1)).records).toEqual([note(2), note(3)]);
  });

  it('skips what the snapshot holds when a crash kept it from being dropped', async () => {
    const opened = await write(1, 2, 3);
    await opened.close();
    expect((await load(2)).records).toEqual([note(3)]);
  });

  it('goes on counting where the snapshot ended, so that an emptied journal never reuses a number', async () => {
    const opened = await write(1, 2);
    await opened.dropBefore(opened.position);
    await opened.close();
    const reopened = journal();
    await reopened.open(2);
    await reopened.append(note(3));
    expect(reopened.position.seq).toBe(3);
    await reopened.close();
    expect((await load(2)).records).toEqual([note(3)]);
  });

  it.each(['before', 'after'])('goes on with the right file when it fails %s the rename', async (moment) => {
    const opened = await write(1, 2);
    const position = opened.position;
    await opened.append(note(3));
    const handles = await fileHandlePrototype();
    const { sync } = handles;
    const failing = vi.spyOn(handles, 'sync');
    if (moment === 'after') failing.mockImplementationOnce(sync); // of the file; the next one is of the folder
    failing.mockRejectedValueOnce(diskFull());
    await expect(opened.dropBefore(position)).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
    expect(failing).toHaveBeenCalledTimes(moment === 'before' ? 1 : 2);
    await opened.append(note(4));
    await opened.close();
    expect((await load(0)).records).toHaveLength(moment === 'before' ? 4 : 2);
    expect((await load(position.seq)).records).toEqual([note(3), note(4)]);
  });
});
