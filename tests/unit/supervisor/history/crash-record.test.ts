import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../shared/control/run-record.js';
import { resolvePaths } from '../../../../shared/paths.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { appendCrashRecord } from '../../../../supervisor/history/crash-record.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';
import { fakeRun } from '../../../support/fake-run.js';

const run = fakeRun({ runId: 'run-1', pid: 4711, endedAt: '2026-01-01T00:00:02.500Z', uptimeMs: 2_499.6 });

describe('crash.log', () => {
  let logDir: string;
  let folder: LogFolder;
  beforeEach(async () => {
    logDir = await mkdtemp(join(tmpdir(), 'tux-crash-'));
    folder = new LogFolder({
      paths: resolvePaths({ stateDir: logDir, logDir }),
      limits: () => ({ maxFileBytes: 250, keepMs: 1_000, totalBytes: 10_000 }),
      clock: new FakeClock(),
      onProblem: () => {},
    });
    folder.takeCharge();
  });
  afterEach(async () => {
    await folder.tidy();
    await rm(logDir, { recursive: true });
  });
  const read = () => readFile(folder.paths.crashLog, 'utf8');

  it('tells how a run ended and what it said last, for people and for the owner only', async () => {
    await appendCrashRecord(folder, run, ['{"level":30,"time":"T","msg":"first","n":1}', 'last']);
    expect(await read()).toBe(
      [
        '==== 2026-01-01T00:00:02.500Z crash of run run-1 (pid 4711, code 70, up 2500 ms)',
        'reason: boom',
        'last 2 lines:',
        '  T INFO  first n=1',
        '  last',
        '',
        '',
      ].join('\n'),
    );
    expect((await stat(folder.paths.crashLog)).mode & 0o777).toBe(0o600);
  });

  it('has the stack of the error that nobody caught, from the last word', async () => {
    const err = { type: 'Error', message: 'boom', stack: 'Error: boom\n    at main (bot/main.js:1:2)' };
    const earlier = { type: 'Error', message: 'a command failed', stack: 'Error: a command failed' };
    await appendCrashRecord(folder, run, [
      JSON.stringify({ level: 50, msg: 'x', err: earlier }),
      JSON.stringify({ level: 60, event: 'worker:fatal', msg: '❌ Fatal: boom', err }),
      JSON.stringify({ level: 50, msg: 'x', err: earlier }),
    ]);
    expect(await read()).toContain(
      'reason: boom\nstack:\n  Error: boom\n      at main (bot/main.js:1:2)\nlast 3 lines:\n',
    );
  });

  it('has that of a start that failed', async () => {
    const line = { level: 50, event: 'worker:start:failed', msg: 'x', err: { stack: 'TypeError: oops\n    at start' } };
    await appendCrashRecord(folder, { ...run, class: 'failed-start' }, [JSON.stringify(line)]);
    expect(await read()).toContain('stack:\n  TypeError: oops\n      at start\n');
  });

  it('has none where an error was only logged', async () => {
    await appendCrashRecord(folder, run, [JSON.stringify({ level: 50, msg: 'x', err: { stack: 'Error: mild' } })]);
    expect(await read()).not.toContain('stack:');
  });

  it('names the signal and the report of a hang, with its stack', async () => {
    mkdirSync(folder.paths.reportsDir);
    const reportPath = join(folder.paths.reportsDir, 'hang-20260101T000000000Z-run-1.json');
    writeFileSync(
      reportPath,
      JSON.stringify({ kind: 'hang', stack: ['at spin (bot/x.js:1:2)', 'at run (bot/y.js:3:4)'] }),
    );
    const hang: RunRecord = { ...run, class: 'hang', code: null, signal: 'SIGKILL', reportPath };
    await appendCrashRecord(folder, hang, []);
    expect(await read()).toContain('hang of run run-1 (pid 4711, SIGKILL, up 2500 ms)\n');
    expect(await read()).toContain(
      `report: ${reportPath}\nstack:\n  at spin (bot/x.js:1:2)\n  at run (bot/y.js:3:4)\nlast 0 lines:\n`,
    );
  });

  it('does without a report that cannot be read', async () => {
    await appendCrashRecord(folder, { ...run, reportPath: join(logDir, 'gone.json') }, ['last']);
    expect(await read()).toMatch(/stack:\n {2}\(the report cannot be read: ENOENT.*\)\nlast 1 line:\n {2}last\n/);
  });

  it('keeps the records before it, and is put aside when it is full', async () => {
    for (const n of [1, 2, 3]) await appendCrashRecord(folder, { ...run, runId: `run-${n}` }, []);
    expect((await read()).match(/run run-\d/g)).toEqual(['run run-3']);
    const [aside] = readdirSync(logDir).filter((name) => name.startsWith('crash-'));
    expect((await readFile(join(logDir, aside ?? ''), 'utf8')).match(/run run-\d/g)).toEqual([
      'run run-1',
      'run run-2',
    ]);
  });
});
