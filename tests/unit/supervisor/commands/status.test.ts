import { describe, expect, it } from 'vitest';
import { formatStatus } from '../../../../supervisor/commands/status.js';
import { fakeStatus, fakeWorker } from '../../../support/fake-status.js';

const NOW = Date.UTC(2026, 0, 2);

describe('the status for people', () => {
  it('shows a bot that fares well', () => {
    expect(formatStatus(fakeStatus(), NOW).split('\n')).toEqual([
      'state            RUNNING, ready',
      'worker           pid 101, RUNNING, up 1 min 5 s, run RUN',
      'gateway          ready, 1 guild, ping 42 ms',
      'work             3 jobs queued or running, 2 tasks',
      'load             123.5 MB memory, loop lag 1 ms',
      'services         database running (250 ms)',
      'supervisor       pid 100, up 2 h 5 min, version 0.1.0',
      'restarts         1 planned, 2 crash, 0 hang, 3 failed start',
      'IDENTIFY budget  990 of 1000 left, next back 2026-01-02T01:00:00.000Z (in 1 h)',
      'state folder     /srv/tux/state',
    ]);
  });

  it('shows a hold and why, before anything else', () => {
    const hold = { reason: 'crash-loop: boom', until: '2026-01-02T00:02:00.000Z' };
    const text = formatStatus(fakeStatus({ state: 'HELD', ready: false, worker: null, hold }), NOW);
    expect(text.split('\n').slice(0, 2)).toEqual([
      'state            HELD',
      'held             crash-loop: boom, until 2026-01-02T00:02:00.000Z (in 2 min)',
    ]);
    expect(text).not.toContain('worker');
  });

  it('shows when the next start is due and what it comes after', () => {
    const backoff = { reason: 'exit code 70', until: '2026-01-02T00:00:08.000Z' };
    const text = formatStatus(fakeStatus({ state: 'BACKOFF', ready: false, worker: null, backoff }), NOW);
    expect(text).toContain('next start       2026-01-02T00:00:08.000Z (in 8 s), after: exit code 70');
  });

  it('counts no time that is over', () => {
    const hold = { reason: 'crash-loop: boom', until: '2026-01-01T00:00:00.000Z' };
    expect(formatStatus(fakeStatus({ hold }), NOW)).toContain('(in 0 ms)');
  });

  it('shows a worker that has only just started', () => {
    const fresh = { state: 'STARTING' as const, rssBytes: null, eventLoopLagMs: null, queueDepth: null };
    const text = formatStatus(
      fakeStatus({ worker: fakeWorker({ ...fresh, tasks: null, gateway: null, services: [] }) }),
      NOW,
    );
    expect(text).toContain('pid 101, STARTING');
    for (const row of ['gateway', 'work ', 'load', 'services']) expect(text).not.toContain(`\n${row}`);
  });

  it('names a service that failed, and that Tux goes on without it', () => {
    const service = { name: 'prefix', stage: 'failed' as const, critical: false, durationMs: null, error: 'no table' };
    const text = formatStatus(fakeStatus({ worker: fakeWorker({ degraded: true, services: [service] }) }), NOW);
    expect(text).toContain('RUNNING, DEGRADED');
    expect(text).toContain('services         prefix failed\n  prefix         no table');
  });

  it('shows how the last run ended, by code or by signal', () => {
    const at = '2026-01-01T23:00:00.000Z';
    const lastExit = { class: 'crash', code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', at };
    expect(formatStatus(fakeStatus({ lastExit }), NOW)).toContain(`crash (SIGKILL) at ${at}: killed by SIGKILL`);
    const planned = { ...lastExit, class: 'planned', code: 75, signal: null, reason: 'update' };
    expect(formatStatus(fakeStatus({ lastExit: planned }), NOW)).toContain(`planned (code 75) at ${at}: update`);
  });

  it('shows where the sandbox listens', () => {
    const sandbox = { apiUrl: 'http://127.0.0.1:1/api', controlUrl: 'http://127.0.0.1:1/control' };
    expect(formatStatus(fakeStatus({ sandbox }), NOW)).toContain('sandbox          http://127.0.0.1:1/api');
  });
});
