import { describe, expect, it } from 'vitest';
import { formatStatus } from '../../../../supervisor/commands/status.js';
import { fakeStatus, fakeWorker } from '../../../support/fake-status.js';

const NOW = Date.UTC(2026, 0, 2);
const notReady = (...problems: string[]) => ({ ready: false, readiness: { ready: false, problems } });
const linesOf = (...given: Parameters<typeof formatStatus>) => formatStatus(...given).split('\n');

describe('the status for people', () => {
  it('shows a bot that fares well', () => {
    expect(linesOf(fakeStatus(), NOW)).toEqual([
      'state         RUNNING, ready',
      'worker        pid 101, RUNNING, up 1 min 5 s, run RUN',
      'gateway       ready, 1 guild, ping 42 ms, last event 5 ms ago',
      'database      answers',
      'work          3 jobs queued or running, 2 tasks',
      'memory        123.5 MB',
      'event loop    lag 1 ms, last heartbeat 1 s ago',
      'services      database (250 ms)',
      'supervisor    pid 100, up 2 h 5 min, version 0.1.0',
      'build         0.1.0 (b0b1b2b3) in /opt/tux',
      'standby       ready, pid 102, 98.8 MB, prepared in 2 s',
      'restarts      1 planned, 2 crashes, 0 hangs, 3 failed starts, 0 limits',
      'IDENTIFYs     990 of 1000 left, next back 2026-01-02T01:00:00Z (in 1 h)',
      'state folder  /srv/tux/state',
    ]);
  });

  it('counts one of a thing as one', () => {
    const restarts = { planned: 1, crash: 1, hang: 1, failedStart: 1, limit: 1 };
    const text = formatStatus(fakeStatus({ restarts, worker: fakeWorker({ queueDepth: 1, tasks: 1 }) }), NOW);
    expect(text).toContain('1 planned, 1 crash, 1 hang, 1 failed start, 1 limit\n');
    expect(text).toContain('1 job queued or running, 1 task\n');
  });

  it('gives each thing that is wrong a line of its own', () => {
    const gateway = { ...fakeWorker().gateway, status: 'disconnected', downForMs: 4_000, pingMs: null } as never;
    const worker = fakeWorker({ gateway, databaseProblem: 'refused' });
    const problems = notReady('the gateway is disconnected, for 4 s', 'the database does not answer: refused');
    expect(linesOf(fakeStatus({ worker, ...problems }), NOW).slice(0, 6)).toEqual([
      'state         RUNNING, not ready',
      '              ✗ the gateway is disconnected, for 4 s',
      '              ✗ the database does not answer: refused',
      'worker        pid 101, RUNNING, up 1 min 5 s, run RUN',
      'gateway       disconnected for 4 s, 1 guild, last event 5 ms ago',
      'database      does not answer',
    ]);
  });

  it('shows a new build that is on its way, or is being watched', () => {
    const build = { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'aaaabbbbcccc' };
    const rowOf = (stage: 'preflight' | 'watched') => {
      const deploy = { stage, build, since: new Date(NOW - 4_000).toISOString() };
      return linesOf(fakeStatus({ deploy }), NOW).find((line) => line.startsWith('deploy'));
    };
    expect(rowOf('preflight')).toBe('deploy        2.0.0 (aaaabbbb) in /opt/tux/v2: it is looked at, since 4 s');
    expect(rowOf('watched')).toContain('it has taken over, and is watched for a minute, since 4 s');
  });

  it('shows a hold and why, what ends it, and nothing that is clear from it', () => {
    const hold = { reason: 'crash-loop: boom', until: '2026-01-02T00:02:00.000Z' };
    const status = fakeStatus({ state: 'HELD', worker: null, hold, ...notReady('no worker: held until') });
    expect(linesOf(status, NOW).slice(0, 3)).toEqual([
      'state         HELD',
      'held          until 2026-01-02T00:02:00Z (in 2 min): crash-loop: boom; to start it sooner: tux-supervisor restart --force',
      'supervisor    pid 100, up 2 h 5 min, version 0.1.0',
    ]);
  });

  it('shows when the next start is due and what it comes after', () => {
    const backoff = { reason: 'exit code 70', until: '2026-01-02T00:00:08.000Z' };
    const status = fakeStatus({ state: 'BACKOFF', worker: null, backoff, ...notReady('no worker') });
    expect(linesOf(status, NOW).slice(0, 2)).toEqual([
      'state         BACKOFF',
      'next start    2026-01-02T00:00:08Z (in 8 s), after: exit code 70',
    ]);
  });

  it('counts no time that is over', () => {
    const hold = { reason: 'crash-loop: boom', until: '2026-01-01T00:00:00.000Z' };
    expect(formatStatus(fakeStatus({ hold }), NOW)).toContain('(in 0 ms)');
  });

  it('names what a start is busy with', () => {
    const service = { stage: 'initializing' as const, critical: true, startedMs: 9, durationMs: null, error: null };
    const services = ['prefix', 'cogs'].map((name) => ({ ...service, name }));
    const nothingYet = { rssBytes: null, eventLoopLagMs: null, queueDepth: null, tasks: null, gateway: null };
    const worker = fakeWorker({ state: 'STARTING', heartbeatAgeMs: null, services, ...nothingYet });
    const lines = linesOf(fakeStatus({ state: 'STARTING', worker, ...notReady('Tux is still starting') }), NOW);
    expect(lines.slice(0, 5)).toEqual([
      'state         STARTING',
      'starting      prefix, cogs',
      'worker        pid 101, STARTING, up 1 min 5 s, run RUN',
      'services      prefix initializing, cogs initializing',
      'supervisor    pid 100, up 2 h 5 min, version 0.1.0',
    ]);
  });

  it('names a service that failed, and that Tux goes on without it', () => {
    const failed = { stage: 'failed' as const, critical: false, startedMs: 9, durationMs: null };
    const service = { ...failed, name: 'prefix', error: 'no table' };
    const text = formatStatus(fakeStatus({ worker: fakeWorker({ degraded: true, services: [service] }) }), NOW);
    expect(text).toContain('RUNNING, ready, DEGRADED\n');
    expect(text).toContain('services      prefix failed\n              ✗ prefix: no table\n');
  });

  it('shows how the last run ended, by code or by signal', () => {
    const at = '2026-01-01T23:00:00.000Z';
    const lastExit = { class: 'crash', code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', at };
    expect(formatStatus(fakeStatus({ lastExit }), NOW)).toContain(
      'last exit     1 h ago, crash (SIGKILL): killed by SIGKILL',
    );
    const planned = { ...lastExit, class: 'planned', code: 75, signal: null, reason: 'update' };
    expect(formatStatus(fakeStatus({ lastExit: planned }), NOW)).toContain('1 h ago, planned (code 75): update');
  });

  it('shows how near the memory is to its limit, and when the next planned restart is', () => {
    const worker = fakeWorker({ rssLimitBytes: 200_000_000 });
    const text = formatStatus(fakeStatus({ worker, nextScheduledRestart: '2026-01-02T04:00:00.000Z' }), NOW);
    expect(text).toContain('memory        123.5 MB, 62 % of the 200.0 MB that it may use\n');
    expect(text).toContain('next restart  2026-01-02T04:00:00Z (in 4 h)\n');
  });

  it('shows where the sandbox and the page listen, or why the page does not', () => {
    const sandbox = { apiUrl: 'http://127.0.0.1:1/api', controlUrl: 'http://127.0.0.1:1/control' };
    const http = { url: 'http://127.0.0.1:2/', problem: null };
    const text = formatStatus(fakeStatus({ sandbox, http }), NOW);
    expect(text).toContain('sandbox       http://127.0.0.1:1/api\n');
    expect(text).toContain('web           http://127.0.0.1:2/\n');
    const problem = 'Cannot listen at http://127.0.0.1:2/: another program listens there';
    expect(formatStatus(fakeStatus({ http: { ...http, problem } }), NOW)).toContain(`web           ${problem}\n`);
  });
});

describe('on a terminal', () => {
  it('nothing is wider than it, except what is to be copied', () => {
    const stateDir = `/srv/${'deep/'.repeat(20)}state`;
    const services = Array.from({ length: 8 }, (_, n) => ({
      name: `service-${n}`,
      stage: 'running' as const,
      critical: true,
      startedMs: 1,
      durationMs: 12,
      error: null,
    }));
    const reason = 'no heartbeat for 15 s, in compute (file:///srv/tux/dist/bot/cogs/fun/eight-ball.js:120)';
    const lastExit = { class: 'hang', code: null, signal: 'SIGKILL', reason, at: '2026-01-01T23:00:00.000Z' };
    const lines = linesOf(fakeStatus({ stateDir, lastExit, worker: fakeWorker({ services }) }), NOW, { width: 80 });
    expect(lines.filter((line) => line.length > 80)).toEqual([`state folder  ${stateDir}`]);
    expect(lines.filter((line) => line.includes('service-')).map((line) => line.slice(0, 14))).toEqual([
      'services      ',
      '              ',
      '              ',
    ]);
  });

  it('the state has the colour of its meaning, and the text is the same', () => {
    const colourOf = (more: Parameters<typeof fakeStatus>[0]) =>
      /\[(\d+)m[A-Z]/.exec(formatStatus(fakeStatus(more), NOW, { color: true }))?.[1];
    expect(colourOf({})).toBe('32');
    expect(colourOf({ worker: fakeWorker({ degraded: true }) })).toBe('33');
    expect(colourOf(notReady('slow'))).toBe('31');
    expect(colourOf({ state: 'STARTING' })).toBe('33');
    expect(colourOf({ state: 'HELD' })).toBe('31');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be taken out
    const plain = formatStatus(fakeStatus(), NOW, { color: true }).replace(/\x1b\[\d+m/g, '');
    expect(plain).toBe(formatStatus(fakeStatus(), NOW));
  });
});
