import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { InstanceLock } from '../../../../shared/instance-lock.js';
import { resolvePaths } from '../../../../shared/paths.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { RunRecorder } from '../../../../supervisor/history/run-recorder.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';
import { LogSink } from '../../../../supervisor/logs/log-sink.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

it('a history that cannot be written keeps no crash out of crash.log', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tux-recorder-'));
  const paths = resolvePaths({ stateDir: join(root, 'state'), logDir: join(root, 'logs') });
  mkdirSync(paths.history, { recursive: true }); // a folder where the file should be
  mkdirSync(paths.logDir);
  const clock = new FakeClock();
  const limits = () => ({ maxFileBytes: 10_000, keepMs: 1_000, totalBytes: 100_000 });
  const folder = new LogFolder({ paths, limits, clock, onProblem: () => {} });
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const sink = new LogSink({ folder, secrets: [], output, pretty: null });
  const logger = recordingLogger();
  const recorder = new RunRecorder({
    paths,
    lock: { assertHeld: () => {} } as unknown as InstanceLock,
    sink,
    secrets: [],
    log: logger.log,
    clock,
    events: { onRunEnded: () => {} },
  });
  const status = { code: 70, signal: null, uptimeMs: 1_000 };
  const exit = { code: 70, signal: null, marker: null, intent: null, wasReady: true };
  const run = {
    runId: 'RUN',
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
  try {
    await recorder.write(recorder.note({ ...run, status, exit }, verdict), verdict, []);
    expect(await readFile(paths.crashLog, 'utf8')).toContain('reason: boom');
    expect(logger.events()).toContain('history:write-failed');
  } finally {
    sink.close();
    await rm(root, { recursive: true });
  }
});
