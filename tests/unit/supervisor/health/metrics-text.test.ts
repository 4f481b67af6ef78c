import { describe, expect, it } from 'vitest';
import { type SupervisorFigures, supervisorMetrics } from '../../../../supervisor/health/metrics-text.js';
import { fakeStatus, fakeWorker } from '../../../support/fake-status.js';

const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

function metrics(more: Partial<SupervisorFigures> = {}): string {
  return supervisorMetrics({
    status: fakeStatus(),
    readyCount: 4,
    standbyStarts: 6,
    sessions: {
      resumed: 3,
      identified: { 'no-session': 1 },
      replayed: 40,
      suppressed: 35,
      stale: 1,
      gapMs: 48,
    },
    isWorkerAnswering: true,
    isHealthy: true,
    rssBytes: 45_000_000,
    now: Date.parse('2026-01-01T22:00:00.000Z'),
    ...more,
  });
}

describe("the supervisor's own metrics", () => {
  it('say what the worker cannot', () => {
    expect(samples(metrics())).toEqual([
      'tux_ready 1',
      'tux_supervision_healthy 1',
      'tux_supervisor_state{state="STARTING"} 0',
      'tux_supervisor_state{state="RUNNING"} 1',
      'tux_supervisor_state{state="RESTARTING"} 0',
      'tux_supervisor_state{state="BACKOFF"} 0',
      'tux_supervisor_state{state="HELD"} 0',
      'tux_supervisor_state{state="STOPPING"} 0',
      'tux_worker_up 1',
      'tux_supervisor_hold 0',
      'tux_supervisor_backoff 0',
      'tux_supervisor_startup_timestamp 1767304500',
      'tux_supervisor_uptime_seconds 300',
      'tux_supervisor_memory_bytes 45000000',
      'worker_startups_total 4',
      'worker_shutdowns_total 6',
      'tux_supervisor_restarts_total{class="planned"} 1',
      'tux_supervisor_restarts_total{class="crash"} 2',
      'tux_supervisor_restarts_total{class="hang"} 0',
      'tux_supervisor_restarts_total{class="failed_start"} 3',
      'tux_supervisor_restarts_total{class="limit"} 0',
      'tux_standby_ready 1',
      'tux_standby_starts_total 6',
      'tux_standby_memory_bytes 98765432',
      'tux_worker_uptime_seconds 65',
      'tux_worker_heartbeat_age_seconds 1.2',
      'tux_worker_memory_bytes 123456789',
      'tux_gateway_event_age_seconds 0.005',
      'tux_gateway_ack_age_seconds 0.005',
      'tux_gateway_sessions_total{how="resumed",reason=""} 3',
      'tux_gateway_sessions_total{how="identified",reason="no_session"} 1',
      'tux_gateway_events_replayed_total 40',
      'tux_gateway_events_suppressed_total 35',
      'tux_interactions_stale_total 1',
      'tux_gateway_gap_seconds 0.048',
      'tux_identify_remaining 990',
      'tux_identify_budget 1000',
    ]);
  });

  it('say why there is no worker, since when, and until when', () => {
    const hold = { reason: 'crash-loop', until: '2026-01-01T22:00:00.000Z' };
    const at = '2026-01-01T21:58:00.000Z';
    const lastExit = { class: 'failed-start', code: 1, signal: null, reason: 'no token', at };
    const readiness = { ready: false, problems: ['no worker'] };
    const status = fakeStatus({ state: 'HELD', ready: false, readiness, worker: null, hold, lastExit });
    const lines = samples(metrics({ status, isWorkerAnswering: false, isHealthy: false }));
    expect(lines).toEqual(
      expect.arrayContaining([
        'tux_ready 0',
        'tux_supervision_healthy 0',
        'tux_supervisor_state{state="HELD"} 1',
        'tux_worker_up 0',
        'tux_supervisor_hold 1',
        'tux_next_start_timestamp_seconds 1767304800',
        'tux_last_exit_timestamp_seconds{class="failed_start"} 1767304680',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('tux_worker_memory'))).toEqual([]);
  });

  it('name the limit of its memory and the next planned restart where there are any', () => {
    const worker = fakeWorker({ rssLimitBytes: 500_000_000 });
    const status = fakeStatus({ worker, nextScheduledRestart: '2026-01-02T04:00:00.000Z' });
    expect(samples(metrics({ status }))).toEqual(
      expect.arrayContaining([
        'tux_worker_memory_limit_bytes 500000000',
        'tux_next_scheduled_restart_timestamp_seconds 1767326400',
      ]),
    );
  });

  it('introduce every family before its samples, and end with a line break', () => {
    const text = metrics();
    expect(text).toMatch(/# HELP tux_worker_up .+\n# TYPE tux_worker_up gauge\ntux_worker_up 1\n/);
    const families = samples(text).map((line) => line.split(/[ {]/)[0]);
    const introduced = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(introduced).toEqual([...new Set(families)]);
    expect(text.endsWith('\n')).toBe(true);
  });
});
