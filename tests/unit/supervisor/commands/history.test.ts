import { describe, expect, it } from 'vitest';
import { formatHistory } from '../../../../supervisor/commands/history.js';
import { fakeRun } from '../../../support/fake-run.js';

const run = fakeRun({
  endedAt: '2026-01-01T00:01:05.000Z',
  uptimeMs: 65_000,
  readyMs: 812,
  code: 0,
  class: 'stopped',
  reason: 'SIGTERM',
});

const hang = fakeRun({
  endedAt: '2026-01-01T00:02:00.000Z',
  uptimeMs: 900,
  readyMs: null,
  code: null,
  signal: 'SIGKILL',
  class: 'hang',
  reason: 'no heartbeat for 15 s',
  reportPath: '/logs/reports/hang.json',
});

describe('the history for people', () => {
  it('is a table, the latest run last', () => {
    expect(formatHistory([run, hang]).split('\n')).toEqual([
      'ended                 class    exit     uptime     start            reason',
      '2026-01-01T00:01:05Z  stopped  code 0   1 min 5 s  ready in 812 ms  SIGTERM',
      '2026-01-01T00:02:00Z  hang     SIGKILL  900 ms     never ready      no heartbeat for 15 s [/logs/reports/hang.json]',
    ]);
  });

  it('has the reasons in lines of their own in a terminal that is too narrow for them', () => {
    expect(formatHistory([run, hang], 80).split('\n')).toEqual([
      'ended                 class    exit     uptime     start',
      '2026-01-01T00:01:05Z  stopped  code 0   1 min 5 s  ready in 812 ms',
      '    SIGTERM',
      '2026-01-01T00:02:00Z  hang     SIGKILL  900 ms     never ready',
      '    no heartbeat for 15 s [/logs/reports/hang.json]',
    ]);
    expect(formatHistory([run], 80)).toContain('SIGTERM'); // beside the rest, where there is room
    expect(formatHistory([run], 80).split('\n')).toHaveLength(2);
  });

  it('fits 80 columns, however long a reason or a run is', () => {
    const long = {
      ...hang,
      class: 'failed-start' as const,
      uptimeMs: 86_399_000,
      reason: `Discord refused the token ${'again and '.repeat(40)}`,
      reportPath: `/var/log/tux/reports/${'x'.repeat(150)}.json`,
    };
    const lines = formatHistory([{ ...run, readyMs: 119_000 }, long], 80).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join('').replaceAll(' ', '')).toContain('x'.repeat(150));
  });

  it('moves uptime and start to a line of their own where the table is too wide, too', () => {
    expect(formatHistory([run, hang], 44).split('\n')).toEqual([
      'ended                 class    exit',
      '2026-01-01T00:01:05Z  stopped  code 0',
      '    up 1 min 5 s, ready in 812 ms',
      '    SIGTERM',
      '2026-01-01T00:02:00Z  hang     SIGKILL',
      '    up 900 ms, never ready',
      '    no heartbeat for 15 s',
      '    [/logs/reports/hang.json]',
    ]);
  });

  it('tells a start that went on with the session of the run before', () => {
    const session = { how: 'resumed', reason: null, replayed: 1, suppressed: 0, stale: 0, gapMs: 50 } as const;
    expect(formatHistory([{ ...run, session }])).toContain('resumed in 812 ms');
  });

  it('of nothing says so', () => {
    expect(formatHistory([])).toBe('No run has ended yet.');
  });
});
