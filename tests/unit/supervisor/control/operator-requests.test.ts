import { beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import type { DeployResult } from '../../../../shared/control/deploy-result.js';
import { emptyLedger, type IdentifyLedger } from '../../../../shared/identify-ledger.js';
import { resolvePaths } from '../../../../shared/paths.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { OperatorRequests, type OperatorRequestsOptions } from '../../../../supervisor/control/operator-requests.js';
import { SessionTally } from '../../../../supervisor/health/session-tally.js';
import type { WorkerRun } from '../../../../supervisor/worker/worker-run.js';
import { fakeWorker } from '../../../support/fake-status.js';

type Supervisor = OperatorRequestsOptions['supervisor'];

const next = { runId: 'RUN-2', pid: 102 };
const deployed: DeployResult = {
  outcome: 'deployed',
  build: { root: '/opt/tux', version: '2.0.0', fingerprint: 'b2b2b2b2b2' },
  previous: null,
  problems: [],
  preflightMs: 1,
  swapMs: 2,
  ...next,
};
const until = '2026-01-01T01:00:00.000Z';

let clock: FakeClock;
let asked: unknown[];
let ledger: IdentifyLedger;
let isNewOnDisk: boolean;
let outcome: Partial<DeployResult>;

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  ledger = emptyLedger();
  isNewOnDisk = false;
  outcome = {};
});

/** A run of which the requests use this much. @param answer what the worker says, or null when it is silent. */
function fakeRun(answer: string | null, { wasReady = true, isClosing = false } = {}): WorkerRun {
  const readinessFacts = {
    wasReady,
    isClosing,
    silentMs: 10,
    silenceLimitMs: 10_000,
    gateway: null,
    databaseProblem: null,
  };
  const run = {
    runId: 'RUN-1',
    wasReady,
    isClosing,
    readinessFacts,
    inspect: () => fakeWorker(),
    ask: async () => answer,
  };
  return run as unknown as WorkerRun;
}

function requestsTo(supervisor: Partial<Supervisor>): OperatorRequests {
  return new OperatorRequests({
    supervisor: {
      worker: null,
      pause: null,
      readyCount: 1,
      isStopping: false,
      stop: (reason, deadlineMs) => void asked.push(['stop', reason.message, deadlineMs]),
      hurry: () => void asked.push(['hurry']),
      async restart(by, force) {
        asked.push(['restart', by, force]);
        await clock.sleep(1_500);
        return next;
      },
      ...supervisor,
    },
    builds: { active: null },
    deployer: {
      status: null,
      isNewOnDisk: () => isNewOnDisk,
      async deploy(request) {
        asked.push(['deploy', request]);
        return { ...deployed, ...outcome };
      },
    },
    reload: { run: () => Promise.reject(new Error('not asked for here')) },
    state: { ledger, budget: { total: 1_000, remaining: 100, resetAt: until } },
    recorder: { last: null, restarts: { planned: 0, crash: 0, hang: 0, failedStart: 0, limit: 0 } },
    standby: {
      starts: 0,
      status: { state: 'off', reason: 'off', pid: null, rssBytes: null, preparedMs: null, since: until },
    },
    sandbox: null,
    sessions: new SessionTally(),
    nextScheduledRestart: () => null,
    http: () => null,
    config: {
      env: environmentSchema.parse({ DISCORD_TOKEN: 'x' }),
      paths: resolvePaths({ stateDir: '/srv/tux', logDir: '/srv/tux' }),
    },
    clock,
  });
}

/** So many IDENTIFYs are spent. */
function spend(count: number): void {
  const now = new Date(clock.now()).toISOString();
  ledger = { ...ledger, identifies: Array.from({ length: count }, () => now) };
}

describe('the state that an operator sees', () => {
  const held = { kind: 'HELD', reason: 'crash-loop', until } as const;
  it.each([
    ['STOPPING', { isStopping: true, pause: held }],
    ['HELD', { pause: held }],
    ['BACKOFF', { pause: { ...held, kind: 'BACKOFF' } as const }],
    ['STARTING', { worker: null }],
    ['STARTING', { worker: fakeRun(null, { wasReady: false }) }],
    ['RESTARTING', { worker: fakeRun(null, { isClosing: true }) }],
    ['RUNNING', { worker: fakeRun(null) }],
  ])('is %s', (state, supervisor) => {
    expect(requestsTo(supervisor).status().state).toBe(state);
  });

  it('is what the worker says at this moment, where it can be asked', async () => {
    const { gateway } = fakeWorker();
    const answer = { gateway: { ...gateway, unansweredMs: 1_000 }, databaseProblem: 'refused' };
    const requests = requestsTo({ worker: fakeRun(JSON.stringify(answer)) });
    expect(requests.status()).toMatchObject({ ready: true, worker: { databaseProblem: null } });
    const { ready, readiness, worker } = await requests.freshStatus();
    expect([ready, readiness.problems.length, worker]).toEqual([false, 2, { ...fakeWorker(), ...answer }]);
    expect(await requests.metrics()).toMatch(/^tux_ready 0$/m);
  });

  it('is not ready while the worker does not answer', async () => {
    const { ready, state } = await requestsTo({ worker: fakeRun(null) }).freshStatus();
    expect([ready, state]).toEqual([false, 'RUNNING']);
  });

  it('names a hold and a back-off apart', () => {
    const { hold, backoff } = requestsTo({ pause: held }).status();
    expect([hold, backoff]).toEqual([{ reason: 'crash-loop', until }, null]);
  });
});

describe('a stop', () => {
  it('has the usual deadline, or next to none', () => {
    requestsTo({}).requestStop({ by: 'me', now: false });
    requestsTo({}).requestStop({ by: 'me', now: true });
    expect(asked).toEqual([
      ['stop', 'stop requested by me', undefined],
      ['stop', 'stop requested by me', 1],
    ]);
  });

  it('that is under way is hurried by --now', () => {
    requestsTo({ isStopping: true }).requestStop({ by: 'me', now: true });
    expect(asked).toEqual([['hurry']]);
  });
});

describe('a restart where the code on disk has changed', () => {
  beforeEach(() => {
    isNewOnDisk = true;
  });

  it('is a deploy of it', async () => {
    const { deployed: version, runId } = await requestsTo({}).requestRestart({ by: 'me', force: false });
    expect([version, runId]).toEqual(['2.0.0', 'RUN-2']);
    expect(asked).toEqual([['deploy', { root: null, by: 'me', force: false }]]);
  });

  it('says why when it is no good', async () => {
    outcome = { outcome: 'refused', problems: ['cog fun: kaput', 'no database'] };
    const refused = requestsTo({}).requestRestart({ by: 'me', force: false });
    await expect(refused).rejects.toMatchObject({ code: 'TUX_PREFLIGHT', exitCode: 78 });
    await expect(refused).rejects.toThrow('does not take over:\n   cog fun: kaput\n   no database');
    outcome = { outcome: 'swapped-back', problems: ['exit code 1'] };
    const back = requestsTo({}).requestRestart({ by: 'me', force: false });
    await expect(back).rejects.toMatchObject({ code: 'TUX_SWAPPED_BACK', exitCode: 1 });
  });

  it('starts what is on disk as it is by force', async () => {
    const restarting = requestsTo({}).requestRestart({ by: 'me', force: true });
    await clock.advance(1_500);
    expect(await restarting).toMatchObject({ deployed: null });
    expect(asked).toEqual([['restart', 'me', true]]);
  });
});

describe('a deploy', () => {
  const request = { root: '/opt/tux', by: 'me', force: false };

  it('may be while restarts are held after crashes: it may be what mends them', async () => {
    const held = { kind: 'HELD', reason: 'crash-loop', until } as const;
    expect(await requestsTo({ pause: held }).requestDeploy(request)).toEqual(deployed);
  });

  it('is none while the supervisor stops, or without a budget to log in', async () => {
    await expect(requestsTo({ isStopping: true }).requestDeploy(request)).rejects.toMatchObject({
      code: 'TUX_CLOSING',
    });
    spend(900);
    await expect(requestsTo({}).requestDeploy(request)).rejects.toMatchObject({ code: 'TUX_BUDGET' });
  });
});

describe('a scheduled restart', () => {
  it('is one of a Tux that serves', async () => {
    const result = requestsTo({ worker: fakeRun(null) }).requestScheduledRestart();
    await clock.advance(1_500);
    await result;
    expect(asked).toEqual([['restart', 'TUX_RESTART_SCHEDULE', false]]);
  });

  it.each([
    ['nothing runs', null],
    ['it is still starting', fakeRun(null, { wasReady: false })],
    ['it is ending anyway', fakeRun(null, { isClosing: true })],
  ])('is left out while %s', (_, worker) => {
    expect(() => requestsTo({ worker }).requestScheduledRestart()).toThrow('Tux is not up');
    expect(asked).toEqual([]);
  });
});

describe('a restart', () => {
  it('is answered with the next run and the time that it took', async () => {
    const result = requestsTo({}).requestRestart({ by: 'me', force: false });
    await clock.advance(1_500);
    expect(await result).toEqual({ ...next, tookMs: 1_500, deployed: null });
  });

  it.each([
    ['while all is stopping', 'TUX_CLOSING', true, { isStopping: true }, 0],
    ['that is held', 'TUX_HELD', false, { pause: { kind: 'HELD', reason: 'crash-loop', until } as const }, 0],
    ['that would take from the reserve', 'TUX_BUDGET', false, {}, 800],
    ['that would leave nothing', 'TUX_BUDGET', true, {}, 980],
  ])('%s is refused (%s)', async (_, code, force, supervisor, spent) => {
    spend(spent);
    await expect(requestsTo(supervisor).requestRestart({ by: 'me', force })).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  it('may be forced past a hold and past the larger reserve', async () => {
    spend(800);
    const pause = { kind: 'HELD', reason: 'crash-loop', until } as const;
    const result = requestsTo({ pause }).requestRestart({ by: 'me', force: true });
    await clock.advance(1_500);
    await result;
    expect(asked).toEqual([['restart', 'me', true]]);
  });
});

describe('a question about the bot', () => {
  it('is answered by the bot itself', async () => {
    expect(await requestsTo({ worker: fakeRun('{}') }).workerDetails()).toBe('{}');
  });

  it.each([
    ['TUX_BOT_DOWN', null],
    ['TUX_BOT_SILENT', fakeRun(null)],
  ])('fails with %s (69) when it cannot be', async (code, worker) => {
    await expect(requestsTo({ worker }).workerDetails()).rejects.toMatchObject({ code, exitCode: 69 });
  });

  it('about its figures is answered with those of the supervisor at least', async () => {
    expect(await requestsTo({ worker: fakeRun(null) }).metrics()).toMatch(/^tux_worker_up 0$/m);
    const both = await requestsTo({ worker: fakeRun('bot_up 1\n') }).metrics();
    expect(both).toMatch(/^tux_worker_up 1$/m);
    expect(both.endsWith('\nbot_up 1\n')).toBe(true);
  });
});
