import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendCrashRecord } from '../../../supervisor/crash-record.js';
import type { RunRecord } from '../../../supervisor/run-history.js';

const run: RunRecord = {
  runId: 'run-1',
  pid: 4711,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:02.500Z',
  uptimeMs: 2_499.6,
  readyMs: 800,
  code: 70,
  signal: null,
  class: 'crash',
  reason: 'boom',
  by: null,
  reportPath: null,
};

describe('crash.log', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-crash-'));
    path = join(folder, 'crash.log');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('tells how a run ended and what it said last, for the owner only', async () => {
    await appendCrashRecord(path, run, ['first', 'last']);
    expect(await readFile(path, 'utf8')).toBe(
      [
        '==== 2026-01-01T00:00:02.500Z crash of run run-1 (pid 4711, code 70, up 2500 ms)',
        'reason: boom',
        'last 2 lines:',
        '  first',
        '  last',
        '',
        '',
      ].join('\n'),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('names the signal and the report of a hang', async () => {
    const hang: RunRecord = { ...run, class: 'hang', code: null, signal: 'SIGKILL', reportPath: '/logs/hang.json' };
    await appendCrashRecord(path, hang, []);
    const text = await readFile(path, 'utf8');
    expect(text).toContain('hang of run run-1 (pid 4711, SIGKILL, up 2500 ms)\n');
    expect(text).toContain('report: /logs/hang.json\nlast 0 lines:\n');
  });

  it('keeps the records before it', async () => {
    await appendCrashRecord(path, run, []);
    await appendCrashRecord(path, { ...run, runId: 'run-2' }, []);
    expect((await readFile(path, 'utf8')).match(/run run-\d/g)).toEqual(['run run-1', 'run run-2']);
  });
});
