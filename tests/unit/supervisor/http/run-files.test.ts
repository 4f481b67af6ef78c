import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../shared/clock.js';
import { resolvePaths } from '../../../../shared/paths.js';
import { appendCrashRecord } from '../../../../supervisor/history/crash-record.js';
import { readCrashRecord, readReport } from '../../../../supervisor/http/run-files.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';
import { fakeRun } from '../../../support/fake-run.js';

let folder: string;
let paths: ReturnType<typeof resolvePaths>;
let logs: LogFolder;
const run = (runId: string, reportPath: string | null = null) => fakeRun({ runId, reportPath });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-run-files-'));
  paths = resolvePaths({ stateDir: folder, logDir: folder });
  await mkdir(paths.reportsDir);
  const limits = { maxFileBytes: 1e6, keepMs: 1e9, totalBytes: 1e7 };
  logs = new LogFolder({ paths, limits: () => limits, clock: systemClock, onProblem: () => {} });
});
afterEach(() => rm(folder, { recursive: true }));

describe('the report of a run', () => {
  it('is what was written, if it is still there', async () => {
    const path = join(paths.reportsDir, 'hang-1.json');
    expect(await readReport(run('RUN-1', path), paths)).toBeNull();
    await writeFile(path, '{"kind":"hang"}\n');
    expect(await readReport(run('RUN-1', path), paths)).toBe('{"kind":"hang"}\n');
    expect(await readReport(run('RUN-1'), paths)).toBeNull();
  });

  it('is never a file of another folder, whatever the history says', async () => {
    const secret = join(folder, 'secret.json');
    await writeFile(secret, 'secret');
    for (const path of [
      secret,
      join(paths.reportsDir, '../secret.json'),
      `${paths.reportsDir}-not/x`,
      paths.reportsDir,
    ]) {
      expect(await readReport(run('RUN-1', path), paths)).toBeNull();
    }
  });

  it('is cut where it is too large for a page', async () => {
    const path = join(paths.reportsDir, 'hang-1.json');
    await writeFile(path, 'x'.repeat(2 * 1024 * 1024));
    expect(await readReport(run('RUN-1', path), paths)).toHaveLength(1024 * 1024);
  });
});

describe('what crash.log says of a run', () => {
  it('is its own part, word for word', async () => {
    await appendCrashRecord(logs, run('RUN-1'), ['the first']);
    await appendCrashRecord(logs, run('RUN-2'), ['==== 2026 crash of run RUN-3 (faked by the worker)', 'last']);
    await appendCrashRecord(logs, run('RUN-4'), []);
    const record = await readCrashRecord('RUN-2', paths);
    expect(record).toContain('crash of run RUN-2 (pid 1, code 70');
    expect(record).toContain('reason: boom\n');
    expect(record).toContain('==== 2026 crash of run RUN-3 (faked by the worker)\n');
    expect(record).toMatch(/last\n$/);
    expect(record).not.toMatch(/RUN-1|RUN-4/);
    expect(await readCrashRecord('RUN-3', paths)).toBeNull();
  });

  it('is found also in a file that was put aside', async () => {
    await appendCrashRecord(logs, run('RUN-1'), ['old']);
    await rename(paths.crashLog, join(folder, 'crash-20260102T030405678Z.log'));
    await appendCrashRecord(logs, run('RUN-2'), ['new']);
    expect(await readCrashRecord('RUN-1', paths)).toContain('old');
  });

  it('is nothing where nothing ever crashed', async () => {
    expect(await readCrashRecord('RUN-1', paths)).toBeNull();
  });
});
