import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../shared/control/run-record.js';
import { RunHistory, readHistory } from '../../../../supervisor/history/run-history.js';
import { fakeRun } from '../../../support/fake-run.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-history-'));
  path = join(folder, 'history.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

function run(number: number, more: Partial<RunRecord> = {}): RunRecord {
  return fakeRun({ runId: `run-${number}`, pid: 100 + number, ...more });
}

const lines = (...records: RunRecord[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const idsOf = (records: readonly RunRecord[]) => records.map(({ runId }) => runId);

describe('the history of runs', () => {
  it('is empty before the first run ended', async () => {
    expect(await readHistory(path)).toEqual([]);
  });

  it('keeps each run as one line, oldest first, for the owner only', async () => {
    const history = new RunHistory(path);
    await history.append(run(1, { code: 0, signal: null, class: 'stopped', readyMs: 812, by: 'owner' }));
    await history.append(run(2, { reason: 'two\nlines and "quotes"' }));
    expect(await readHistory(path)).toEqual([
      run(1, { code: 0, signal: null, class: 'stopped', readyMs: 812, by: 'owner' }),
      run(2, { reason: 'two\nlines and "quotes"' }),
    ]);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('goes on in the file that an earlier supervisor wrote', async () => {
    await new RunHistory(path).append(run(1));
    await new RunHistory(path).append(run(2));
    expect(idsOf(await readHistory(path))).toEqual(['run-1', 'run-2']);
  });

  it('loses a torn last line and nothing else, wherever it was cut', async () => {
    const whole = lines(run(1), run(2));
    const end = whole.indexOf('\n') + 1;
    for (let cut = end; cut < whole.length - 1; cut += 7) {
      await writeFile(path, whole.slice(0, cut));
      await new RunHistory(path).append(run(3));
      expect(idsOf(await readHistory(path)), `cut at ${cut}`).toEqual(['run-1', 'run-3']);
    }
  });

  it('keeps a last line that lacks only its line break', async () => {
    await writeFile(path, lines(run(1)).trimEnd());
    await new RunHistory(path).append(run(2));
    expect(idsOf(await readHistory(path))).toEqual(['run-1', 'run-2']);
  });

  it.each([
    ['another program’s', '{"hello":"world"}'],
    ['a newer version’s class', JSON.stringify({ ...run(9), class: 'abducted' })],
    ['no JSON', 'Segmentation fault (core dumped)'],
    ['JSON that is no object', 'null'],
    ['empty', ''],
  ])('passes over a line that is %s', async (_what, line) => {
    await writeFile(path, lines(run(1)));
    await appendFile(path, `${line}\n`);
    await new RunHistory(path).append(run(2));
    expect(idsOf(await readHistory(path))).toEqual(['run-1', 'run-2']);
  });

  it('loses nothing more to a line that a full disk has cut', async () => {
    const history = new RunHistory(path);
    await history.append(run(1));
    await rm(path);
    await mkdir(path); // it does not take a line now
    await expect(history.append(run(2))).rejects.toMatchObject({ code: 'EISDIR' });
    await rm(path, { recursive: true });
    await writeFile(path, `${lines(run(1))}{"runId":"run-2`); // and took a part of it
    await history.append(run(3));
    expect(idsOf(await readHistory(path))).toEqual(['run-1', 'run-3']);
  });

  it('has a run once that is tried again, also where the disk had taken the line and failed after that', async () => {
    const history = new RunHistory(path);
    await history.append(run(1));
    await rm(path);
    await mkdir(path);
    await expect(history.append(run(2))).rejects.toMatchObject({ code: 'EISDIR' });
    await rm(path, { recursive: true });
    await writeFile(path, lines(run(1), run(2))); // an fsync that failed: the line is there, and may not be on the disk
    const { ino } = await stat(path);
    await history.append(run(2));
    await history.append(run(3));
    expect(idsOf(await readHistory(path))).toEqual(['run-1', 'run-2', 'run-3']);
    expect((await stat(path)).ino, 'it was written anew').not.toBe(ino);
  });

  it('has a run that is tried again after a disk that took none of it, or a part', async () => {
    for (const part of ['', '{"runId":"run-2"']) {
      await rm(path, { force: true });
      await mkdir(path);
      const history = new RunHistory(path);
      await expect(history.append(run(2))).rejects.toThrow();
      await rm(path, { recursive: true });
      await writeFile(path, lines(run(1)) + part);
      await history.append(run(2));
      expect(idsOf(await readHistory(path)), part).toEqual(['run-1', 'run-2']);
    }
  });

  it('is bounded: at 2,000 runs the older half goes', async () => {
    await writeFile(path, lines(...Array.from({ length: 1_999 }, (_, index) => run(index))));
    const history = new RunHistory(path);
    await history.append(run(1_999));
    expect(await readHistory(path)).toHaveLength(2_000);
    await history.append(run(2_000));
    const kept = idsOf(await readHistory(path));
    expect(kept).toHaveLength(1_001);
    expect([kept[0], kept.at(-1)]).toEqual(['run-1000', 'run-2000']);
  });

  it('is not replaced by a supervisor that was paused meanwhile, and has a successor', async () => {
    const guard = () => {
      throw new Error('not ours any more');
    };
    const full = lines(...Array.from({ length: 2_000 }, (_, index) => run(index)));
    await writeFile(path, full);
    await expect(new RunHistory(path, guard).append(run(2_000))).rejects.toThrow('not ours any more');
    expect(await readFile(path, 'utf8')).toBe(full);
  });

  it('says so when the disk does not take it', async () => {
    await expect(new RunHistory(join(folder, 'missing', 'history.jsonl')).append(run(1))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
