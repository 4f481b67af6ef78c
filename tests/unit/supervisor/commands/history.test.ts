import { describe, expect, it } from 'vitest';
import { formatHistory } from '../../../../supervisor/commands/history.js';
import type { RunRecord } from '../../../../supervisor/run-history.js';

const run: RunRecord = {
  runId: 'run-1',
  pid: 4711,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:05.000Z',
  uptimeMs: 65_000,
  readyMs: 812,
  code: 0,
  signal: null,
  class: 'stopped',
  reason: 'SIGTERM',
  by: null,
  reportPath: null,
};

describe('the history for people', () => {
  it('is a table, the latest run last', () => {
    const hang: RunRecord = {
      ...run,
      endedAt: '2026-01-01T00:02:00.000Z',
      uptimeMs: 900,
      readyMs: null,
      code: null,
      signal: 'SIGKILL',
      class: 'hang',
      reason: 'no heartbeat for 15 s',
      reportPath: '/logs/reports/hang.json',
    };
    expect(formatHistory([run, hang]).split('\n')).toEqual([
      'ended                     class    exit     uptime        start               reason',
      '2026-01-01T00:01:05.000Z  stopped  code 0   up 1 min 5 s  ready after 812 ms  SIGTERM',
      '2026-01-01T00:02:00.000Z  hang     SIGKILL  up 900 ms     never ready         no heartbeat for 15 s [/logs/reports/hang.json]',
    ]);
  });

  it('of nothing says so', () => {
    expect(formatHistory([])).toBe('No run has ended yet.');
  });
});
