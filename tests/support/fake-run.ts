import type { RunRecord } from '../../shared/control/run-record.js';

/** A run as the history keeps it: a worker that served for a minute and crashed. */
export function fakeRun(more: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: 'RUN-1',
    pid: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:00.000Z',
    uptimeMs: 60_000,
    readyMs: 1_000,
    code: 70,
    signal: null,
    class: 'crash',
    reason: 'boom',
    by: null,
    reportPath: null,
    session: null,
    version: '0.1.0',
    ...more,
  };
}
