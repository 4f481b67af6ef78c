import type { Status } from '../../shared/control/status.js';
import type { WorkerDetails } from '../../shared/control/worker-details.js';

const gateway = {
  status: 'ready',
  guilds: 1,
  pingMs: 42,
  lastDispatchAgeMs: 5,
  unansweredMs: 0,
  lastAckAgeMs: 5,
  downForMs: 0,
} as const;

/** What `status` says of a bot that fares well. */
export function fakeStatus(more: Partial<Status> = {}): Status {
  return {
    state: 'RUNNING',
    ready: true,
    readiness: { ready: true, problems: [] },
    supervisor: { pid: 100, startedAt: '2026-01-01T21:55:00.000Z', version: '0.1.0' },
    worker: fakeWorker(),
    build: { root: '/opt/tux', version: '0.1.0', fingerprint: 'b0b1b2b3b4b5b6b7' },
    deploy: null,
    standby: {
      state: 'ready',
      reason: null,
      pid: 102,
      rssBytes: 98_765_432,
      preparedMs: 1_500,
      since: '2026-01-01T21:55:05.000Z',
    },
    restarts: { planned: 1, crash: 2, hang: 0, failedStart: 3, limit: 0 },
    hold: null,
    backoff: null,
    identifyBudget: { total: 1_000, remaining: 990, resetAt: '2026-01-02T01:00:00.000Z' },
    lastExit: null,
    nextScheduledRestart: null,
    http: null,
    sandbox: null,
    stateDir: '/srv/tux/state',
    ...more,
  };
}

/** The worker in it. */
export function fakeWorker(more: Partial<NonNullable<Status['worker']>> = {}): NonNullable<Status['worker']> {
  return {
    pid: 101,
    runId: 'RUN',
    state: 'RUNNING',
    degraded: false,
    uptimeMs: 65_000,
    heartbeatAgeMs: 1_200,
    rssBytes: 123_456_789,
    rssLimitBytes: null,
    eventLoopLagMs: 1.4,
    queueDepth: 3,
    tasks: 2,
    gateway,
    session: null,
    databaseProblem: null,
    services: [{ name: 'database', stage: 'running', critical: true, startedMs: 310, durationMs: 250, error: null }],
    ...more,
  };
}

/** What that worker says of itself. */
export function fakeDetails(more: Partial<WorkerDetails> = {}): WorkerDetails {
  return {
    runId: 'RUN',
    version: '0.1.0',
    state: 'RUNNING',
    degraded: false,
    uptimeMs: 65_000,
    cogs: [{ name: 'fun', status: 'loaded' }],
    processed: 12,
    services: [{ name: 'database', stage: 'running', critical: true, health: 'healthy', checkedAt: null }],
    tasks: [{ name: 'log-health', state: 'running', crashes: 0 }],
    queueDepth: 3,
    reminders: 1,
    scheduledDms: 2,
    caches: { prefix: { hits: 3, misses: 1 }, permissions: { hits: 0, misses: 0 } },
    database: { latencyMs: 1.5, problem: null },
    gateway: {
      ...gateway,
      user: 'Tux#0001',
      shards: [{ id: 0, status: 'ready', pingMs: 42 }],
    },
    ...more,
  };
}
