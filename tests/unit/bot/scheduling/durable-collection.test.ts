import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { DurableCollection } from '../../../../bot/scheduling/durable-collection.js';
import { Journal } from '../../../../shared/journal.js';
import { silentLogger } from '../../../../shared/logging/logger.js';
import { StateFile } from '../../../../shared/state-file.js';

const schema = z.object({ id: z.string(), value: z.number() });
type Entry = z.infer<typeof schema>;

let folder: string;
let snapshotPath: string;
let journalPath: string;
const opened: DurableCollection<Entry>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-collection-'));
  snapshotPath = join(folder, 'entries.json');
  journalPath = join(folder, 'entries.journal');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.splice(0).map((collection) => collection.close()));
  await rm(folder, { recursive: true });
});

async function open(): Promise<DurableCollection<Entry>> {
  const options = {
    snapshotPath,
    journalPath,
    kind: 'entries',
    schemaVersion: 1,
    schema,
    runId: 'run',
    log: silentLogger(),
  };
  const collection = new DurableCollection<Entry>(options);
  await collection.load();
  opened.push(collection);
  return collection;
}

/** What another process would read at this moment. */
async function reread(): Promise<Entry[]> {
  return [...(await open()).values()];
}

const a = { id: 'a', value: 1 };
const b = { id: 'b', value: 2 };

describe('DurableCollection', () => {
  it('has each change on disk as soon as it resolves', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.put(b);
    expect(await reread()).toEqual([a, b]);
    await collection.put({ ...a, value: 3 });
    await collection.delete('b');
    expect(await reread()).toEqual([{ id: 'a', value: 3 }]);
    expect([...collection.values()]).toEqual([{ id: 'a', value: 3 }]);
  });

  it('shows a change only once it is durable', async () => {
    const collection = await open();
    const putting = collection.put(a);
    expect(collection.size).toBe(0);
    await putting;
    expect(collection.get('a')).toEqual(a);
  });

  it('changes nothing when the disk refuses', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.close();
    await expect(collection.delete('a')).rejects.toMatchObject({ code: 'TUX_JOURNAL_CLOSED' });
    expect(collection.get('a')).toEqual(a);
  });

  it('folds the journal into the snapshot', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.snapshot();
    expect(await readFile(journalPath, 'utf8')).toBe('');
    expect(JSON.parse(await readFile(snapshotPath, 'utf8'))).toMatchObject({ data: { journalSeq: 1, records: [a] } });
    await collection.put(b);
    expect(await reread()).toEqual([a, b]);
  });

  it.each(['before the snapshot', 'between snapshot and journal'])('is whole after a crash %s', async (moment) => {
    const collection = await open();
    await collection.put(a);
    await collection.put(b);
    await collection.delete('a');
    if (moment === 'before the snapshot')
      vi.spyOn(StateFile.prototype, 'save').mockRejectedValueOnce(new Error('crash'));
    else vi.spyOn(Journal.prototype, 'dropBefore').mockRejectedValueOnce(new Error('crash'));
    await expect(collection.snapshot()).rejects.toThrow('crash');
    expect(await reread()).toEqual([b]);
    await collection.put(a);
    expect(await reread(), 'goes on after a mere failure').toEqual([b, a]);
    await collection.snapshot();
    expect(await reread()).toEqual([b, a]);
  });

  it('loses no change that meets a snapshot', async () => {
    const collection = await open();
    const ids = Array.from({ length: 200 }, (_, index) => `id-${index}`);
    await Promise.all(
      ids.flatMap((id, value) => [collection.put({ id, value }), value % 20 === 0 && collection.snapshot()]),
    );
    expect((await reread()).map((entry) => entry.id)).toEqual(ids);
  });

  it('writes no snapshot when nothing changed', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.snapshot();
    const save = vi.spyOn(StateFile.prototype, 'save');
    await collection.snapshot();
    expect(save).not.toHaveBeenCalled();
  });

  it('folds by itself when the journal has grown', async () => {
    const collection = await open();
    const save = vi.spyOn(StateFile.prototype, 'save');
    await Promise.all(Array.from({ length: 9_999 }, (_, value) => collection.put({ id: 'same', value })));
    await collection.close();
    expect(save).not.toHaveBeenCalled();
    const again = await open();
    await again.put(a);
    await again.close();
    expect(save).toHaveBeenCalledOnce();
    expect(await readFile(journalPath, 'utf8')).toBe('');
  });

  it('replaces everything at once', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.replaceAll([b]);
    expect(await reread()).toEqual([b]);
  });

  it('writes nothing when everything is replaced by itself, in the order on disk', async () => {
    const first = await open();
    await first.put(a);
    await first.put(b);
    await first.replaceAll([a, b]);
    const save = vi.spyOn(StateFile.prototype, 'save');
    const again = await open();
    await again.replaceAll([...again.values()]);
    expect(save).not.toHaveBeenCalled();
    await again.replaceAll([...again.values()].reverse());
    expect(save).toHaveBeenCalledOnce();
    expect(await reread()).toEqual([b, a]);
    await again.replaceAll([b]);
    expect(await reread()).toEqual([b]);
  });

  it('has a snapshot once everything was replaced, even by nothing', async () => {
    const collection = await open();
    await collection.replaceAll([]);
    expect(JSON.parse(await readFile(snapshotPath, 'utf8'))).toMatchObject({ data: { records: [] } });
  });

  it('forgets a record with the next snapshot', async () => {
    const collection = await open();
    await collection.put(a);
    collection.forget('a');
    expect(collection.size).toBe(0);
    await collection.put(b);
    await collection.snapshot();
    expect(await reread()).toEqual([b]);
  });

  it('keeps the good records of a damaged snapshot, and the journal', async () => {
    const collection = await open();
    await collection.put(a);
    await collection.snapshot();
    await collection.put(b);
    const text = await readFile(snapshotPath, 'utf8');
    await writeFile(snapshotPath, text.replace('"records":[', '"records":[{"id":"bad"},'));
    expect(await reread()).toEqual([a, b]);
    await writeFile(snapshotPath, text.slice(0, 40));
    expect(await reread(), 'the snapshot is gone, the journal is not').toEqual([b]);
    await appendFile(journalPath, 'garbage\n');
    expect(await reread()).toEqual([b]);
  });
});
