import { describe, expect, it } from 'vitest';
import { supervisorMetrics } from '../../../supervisor/metrics-text.js';
import { fakeStatus } from '../../support/fake-status.js';

const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe("the supervisor's own metrics", () => {
  it('say what the worker cannot', () => {
    const hold = { reason: 'crash-loop', until: '2026-01-01T22:00:00.000Z' };
    expect(samples(supervisorMetrics(fakeStatus({ hold }), 4, false))).toEqual([
      'tux_worker_up 0',
      'worker_startups_total 4',
      'worker_shutdowns_total 6',
      'tux_supervisor_restarts_total{class="planned"} 1',
      'tux_supervisor_restarts_total{class="crash"} 2',
      'tux_supervisor_restarts_total{class="hang"} 0',
      'tux_supervisor_restarts_total{class="failed_start"} 3',
      'tux_supervisor_hold 1',
      'tux_supervisor_startup_timestamp 1767304500',
      'tux_identify_remaining 990',
    ]);
  });

  it('introduce every family before its samples, and end with a line break', () => {
    const text = supervisorMetrics(fakeStatus(), 0, true);
    expect(text).toMatch(/# HELP tux_worker_up .+\n# TYPE tux_worker_up gauge\ntux_worker_up 1\n/);
    expect(text.match(/^# TYPE /gm)).toHaveLength(7);
    expect(text.endsWith('\n')).toBe(true);
  });
});
