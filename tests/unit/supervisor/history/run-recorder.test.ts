import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TuxError } from '../../../../shared/errors.js';
import type { InstanceLock } from '../../../../shared/instance-lock.js';
import { type LastShutdown, lastShutdownFile } from '../../../../shared/last-shutdown.js';
import { type Paths, resolvePaths } from '../../../../shared/paths.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { DiskRetry } from '../../../../supervisor/disk-retry.js';
import { readHistory } from '../../../../supervisor/history/run-history.js';
import { RunRecorder } from '../../../../supervisor/history/run-recorder.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';
import { LogSink } from '../../../../supervisor/logs/log-sink.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let root: string;
let paths: Paths;
let sink: LogSink;
let logger: ReturnType<typeof recordingLogger>;
let recorder: RunRecorder;
let clock: FakeClock;
/** Runs that `supervisor.json` remembers no more. */
let forgotten: string[];
let isHeld: () => boolean;

function assertHeld(): void {
  if (!isHeld()) throw new TuxError('TUX_LOCK_LOST', 'not ours any more');
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tux-recorder-'));
  paths = resolvePaths({ stateDir: join(root, 'state'), logDir: join(root, 'logs') });
  mkdirSync(paths.stateDir);
  mkdirSync(paths.logDir);
  clock = new FakeClock();
  forgotten = [];
  isHeld = () => true;
  const limits = () => ({ maxFileBytes: 10_000, keepMs: 1_000, totalBytes: 100_000 });
  const folder = new LogFolder({ paths, limits, clock, onProblem: () => {} });
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  sink = new LogSink({ folder, secrets: [], output, pretty: null });
  logger = recordingLogger();
  recorder = new RunRecorder({
    paths,
    lock: { assertHeld } as unknown as InstanceLock,
    state: { forgetRun: async (runId) => void forgotten.push(runId) },
    retry: new DiskRetry({ log: logger.log, clock }),
    sink,
    secrets: [],
    log: logger.log,
    clock,
    events: { onRunEnded: () => {} },
  });
});
afterEach(async () => {
  sink.close();
  await rm(root, { recursive: true });
});

/** A worker that crashed. */
function crashOf(runId: string) {
  const status = { code: 70, signal: null, uptimeMs: 1_000 };
  const exit = { code: 70, signal: null, marker: null, intent: null, wasReady: true };
  const run = {
    runId,
    pid: 4711,
    startedAt: new Date(0),
    readyMs: 5,
    by: null,
    reportPath: null,
    session: null,
    version: '0.1.0',
    hadDatabase: true,
  };
  const verdict = { class: 'crash', action: 'back-off', exitCode: 70, reason: 'boom' } as const;
  return recorder.write(recorder.note({ ...run, status, exit }, verdict), verdict, []);
}

async function recorded(): Promise<string[]> {
  return (await readHistory(paths.history)).map(({ runId }) => runId);
}

it('a run is forgotten when it is in the history', async () => {
  await crashOf('RUN');
  expect([await recorded(), forgotten]).toEqual([['RUN'], ['RUN']]);
});

it('runs that ended while the disk took nothing are in the history, in their order, once it does', async () => {
  mkdirSync(paths.history);
  await crashOf('FIRST');
  await recorder.recordOrphan({ runId: 'SECOND', pid: 4711, startedAt: '2025-12-31T00:00:00.000Z', readyMs: 5 });
  await clock.advance(100);
  expect(forgotten).toEqual([]);
  rmdirSync(paths.history);
  await vi.waitFor(async () => {
    await clock.advance(100);
    expect(forgotten).toEqual(['FIRST', 'SECOND']);
  });
  await crashOf('THIRD');
  expect([await recorded(), clock.pending]).toEqual([['FIRST', 'SECOND', 'THIRD'], 0]);
  expect(logger.events().filter((event) => event === 'history:write-failed')).toHaveLength(2);
});

it('of more than a hundred runs that wait for the disk the oldest is given up', async () => {
  mkdirSync(paths.history);
  for (let number = 1; number <= 101; number += 1) await crashOf(`RUN-${number}`);
  expect(forgotten).toEqual(['RUN-1']);
  rmdirSync(paths.history);
  await crashOf('LAST');
  expect([(await recorded())[0], (await recorded()).length]).toEqual(['RUN-3', 100]);
});

it('a supervisor that loses its lock after the line of the history writes no more of the run', async () => {
  isHeld = () => forgotten.length === 0; // it is paused there, and succeeded by another
  await expect(crashOf('RUN')).rejects.toMatchObject({ code: 'TUX_LOCK_LOST' });
  expect([await recorded(), existsSync(paths.crashLog)]).toEqual([['RUN'], false]);
});

it('a run that ends when the disk is well again takes those with it that wait', async () => {
  mkdirSync(paths.history);
  await crashOf('FIRST');
  rmdirSync(paths.history);
  await crashOf('SECOND');
  expect(await recorded()).toEqual(['FIRST', 'SECOND']);
});

it('a history that cannot be written keeps no crash out of crash.log', async () => {
  mkdirSync(paths.history); // a folder where the file should be
  await crashOf('RUN');
  expect(await readFile(paths.crashLog, 'utf8')).toContain('reason: boom');
  expect(logger.events()).toContain('history:write-failed');
});

it.each([
  [0, 5, 'stopped'],
  [75, 5, 'planned'],
  [70, 5, 'crash'],
  [70, null, 'failed-start'],
  [78, null, 'config'],
  [73, null, 'locked'],
])(
  'a run whose supervisor did not live to see it end with %i, ready after %j, is recorded as %s',
  async (code, readyMs, runClass) => {
    const account: LastShutdown = {
      timestamp: '2026-01-01T00:00:02.000Z',
      runId: 'RUN',
      reason: 'as it said',
      signal: null,
      requestedBy: null,
      exitCode: code,
      clean: true,
      uptimeMs: 2_000,
      pendingJobs: 0,
      tasks: { cancelled: 0, completed: 0, timedOut: [] },
      phases: [],
    };
    await lastShutdownFile(paths.lastShutdown, 'RUN').save(account);
    await recorder.recordOrphan({ runId: 'RUN', pid: 4711, startedAt: '2026-01-01T00:00:00.000Z', readyMs });
    expect(recorder.last).toMatchObject({ class: runClass, code, reason: 'as it said', uptimeMs: 2_000 });
  },
);

it('a run of which nothing is left was killed, as its supervisor was', async () => {
  await recorder.recordOrphan({ runId: 'RUN', pid: 4711, startedAt: '2025-12-31T00:00:00.000Z', readyMs: 5 });
  expect(recorder.last).toMatchObject({ class: 'crash', code: null, signal: null });
});

it('runs that are in the history are not recorded again, whichever were last', async () => {
  const run = (runId: string) => ({ runId, pid: 4711, startedAt: '2025-12-31T00:00:00.000Z', readyMs: 5 });
  for (const runId of ['FIRST', 'SECOND']) await recorder.recordOrphan(run(runId));
  await recorder.recordOrphan(run('FIRST')); // supervisor.json could not be written meanwhile
  const lines = (await readFile(paths.history, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { runId: string }).runId)).toEqual(['FIRST', 'SECOND']);
  expect(recorder.last?.runId).toBe('SECOND');
});
