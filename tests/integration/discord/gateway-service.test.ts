import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, Events } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayService, type GatewayServiceOptions } from '../../../bot/discord/gateway-service.js';
import type { IdentifyLease } from '../../../bot/discord/identify-leases.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../sandbox/index.js';
import { type Clock, systemClock } from '../../../shared/clock.js';
import { isTuxError, type TuxError } from '../../../shared/errors.js';
import { LifecycleRunner } from '../../../shared/lifecycle/index.js';
import { recordingLogger } from '../../support/framework-fakes.js';
import { createSessionKeeper } from '../../support/gateway-session.js';
import { eventually } from '../../support/processes.js';

/** Has to run out, but only after discord.js has come as far as its IDENTIFY, also where all cores are busy. */
const SHORT_LOGIN_MS = 2_000;
const granted: IdentifyLease = { granted: true, budget: { total: 1_000, remaining: 900, resetAt: null } };

let folder: string;
let sandbox: Sandbox;
let gateway: GatewayService;
let clients: Client[];
let leased: number;
/** How often discord.js has asked whether it may identify. */
let throttled: number;
let disconnects: number;
let fatal: TuxError[];
let denials: string[];
let logger: ReturnType<typeof recordingLogger>;
const calledOff = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tux-gateway-'));
  sandbox = await startSandbox();
  clients = [];
  leased = 0;
  throttled = 0;
  disconnects = 0;
  fatal = [];
  denials = [];
  logger = recordingLogger();
  gateway = newGateway();
});
afterEach(async () => {
  await gateway.cleanup();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

function newGateway(options: Partial<GatewayServiceOptions> = {}): GatewayService {
  const lease = async () => {
    leased += 1;
    return granted;
  };
  return new GatewayService({
    token: SANDBOX_TOKEN,
    apiUrl: sandbox.apiUrl,
    loginTimeoutMs: 10_000,
    dependsOn: [],
    rehearsalAnswerer: () => ({ handleMessage: async () => {}, handleInteraction: async () => {} }),
    leases: { lease },
    session: createSessionKeeper(folder, { log: logger.log }),
    log: logger.log,
    clock: systemClock,
    onClient(client) {
      clients.push(client);
      client.on(Events.Debug, (message) => {
        if (message.endsWith('Waiting for identify throttle')) throttled += 1;
      });
    },
    onReady: () => {},
    onDisconnect: () => {
      disconnects += 1;
    },
    onFatalClose: (error) => fatal.push(error),
    onBudgetDenied: ({ reason }) => denials.push(reason),
    ...options,
  });
}

/** Does not wait the five seconds between two IDENTIFYs; the throttler's own test has seen to those. */
const impatientClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms > 10_000 ? ms : 0, signal),
};

/** Waits until discord.js, after its first IDENTIFY, has asked `times` for leave to send another, and could have sent it. */
async function comesBack(times: number): Promise<void> {
  await eventually('discord.js wants to identify again', () => throttled > times);
  await sleep(150);
}

const initialize = () => gateway.initialize(calledOff);
const identifies = () => sandbox.recorder.counters.identifies;

async function failureOfLogin(): Promise<TuxError> {
  const error = await initialize().then(
    () => new Error('it logged in'),
    (reason: unknown) => reason,
  );
  if (!isTuxError(error)) throw error;
  return error;
}

describe('a login', () => {
  it('costs one IDENTIFY, leased before it, and ends with all guilds there', async () => {
    expect([gateway.client, gateway.status().status]).toEqual([null, 'idle']);
    await initialize();
    expect(gateway.client?.user.username).toBe('Tux');
    expect(gateway.status()).toMatchObject({ status: 'ready', guilds: 1, downForMs: 0 });
    expect([identifies(), leased, clients.length]).toEqual([1, 1, 1]);
  });

  it('that gets no READY is over at its deadline, for the supervisor to judge (69), without a second IDENTIFY', async () => {
    sandbox.faults.holdReady();
    gateway = newGateway({ loginTimeoutMs: SHORT_LOGIN_MS, clock: impatientClock });
    const error = await failureOfLogin();
    expect(error).toMatchObject({ code: 'TUX_DISCORD_LOGIN_TIMEOUT', exitCode: 69 });
    expect(gateway.shouldRetry(error)).toBe(false);
    sandbox.faults.reset();
    await comesBack(1);
    expect([identifies(), leased, gateway.client]).toEqual([1, 1, null]);
  });

  it('that gets no HELLO is over at its deadline, without any IDENTIFY', async () => {
    sandbox.faults.holdHello();
    gateway = newGateway({ loginTimeoutMs: 400 });
    expect((await failureOfLogin()).exitCode).toBe(69);
    sandbox.faults.reset();
    expect([identifies(), leased]).toEqual([0, 0]);
  });

  it('with a token that Discord does not know is for a human (78), without any IDENTIFY', async () => {
    sandbox.faults.revokeToken(SANDBOX_TOKEN);
    const error = await failureOfLogin();
    expect(error).toMatchObject({ code: 'TUX_DISCORD_TOKEN', exitCode: 78 });
    expect([gateway.shouldRetry(error), identifies()]).toEqual([false, 0]);
    expect(JSON.stringify(logger.records)).not.toContain(SANDBOX_TOKEN);
  });

  it('with an intent that Discord does not allow is for a human (78)', async () => {
    sandbox.faults.disallowIntents();
    const error = await failureOfLogin();
    expect(error).toMatchObject({ code: 'TUX_DISCORD_INTENTS', exitCode: 78 });
    expect([gateway.shouldRetry(error), identifies()]).toEqual([false, 1]);
    expect(fatal).toEqual([]); // it is the start that fails; nobody has to be told twice
  });

  it('while Discord is offline is tried again with another client, and costs one IDENTIFY in the end', async () => {
    sandbox.faults.offline();
    const runner = new LifecycleRunner({ services: [gateway], random: () => 0.1 });
    const started = runner.start();
    await eventually('a second attempt', () => clients.length === 2);
    sandbox.faults.reset();
    await started;
    expect([identifies(), leased]).toEqual([1, 1]);
    expect(gateway.client).toBe(clients.at(-1));
    await runner.stop();
  });

  it('while Discord stays offline fails as unavailable (69), without any IDENTIFY', async () => {
    sandbox.faults.offline();
    const error = await failureOfLogin();
    expect(error).toMatchObject({ code: 'TUX_DISCORD_UNREACHABLE', exitCode: 69 });
    expect([gateway.shouldRetry(error), identifies(), leased]).toEqual([true, 0, 0]);
  });

  it('that the budget does not allow says so and sends nothing', async () => {
    const denied: IdentifyLease = { granted: false, retryAfterMs: 1_000, reason: 'reserve' };
    gateway = newGateway({ loginTimeoutMs: SHORT_LOGIN_MS, leases: { lease: async () => denied } });
    expect((await failureOfLogin()).exitCode).toBe(69);
    expect([denials, identifies()]).toEqual([['reserve'], 0]);
  });

  it('when Discord has none left to give is not even tried', async () => {
    sandbox.faults.sessionStart({ remaining: 0, resetAfterMs: 60_000 });
    const error = await failureOfLogin();
    expect(error).toMatchObject({ code: 'TUX_DISCORD_BUDGET', exitCode: 69 });
    expect([gateway.shouldRetry(error), identifies(), leased]).toEqual([false, 0, 0]);
  });

  it('that was called off before does not begin', async () => {
    await expect(gateway.initialize(AbortSignal.abort(new Error('shutdown')))).rejects.toThrow('shutdown');
    expect(clients).toEqual([]);
  });

  it('that is called off on the way ends at once, and nothing comes of it later', async () => {
    sandbox.faults.holdReady();
    const shutdown = new AbortController();
    const login = gateway.initialize(shutdown.signal);
    await sandbox.recorder.waitForIdentify();
    shutdown.abort(new Error('shutdown'));
    await expect(login).rejects.toThrow('shutdown');
    sandbox.faults.reset();
    await eventually('its connection is closed', () => sandbox.recorder.counters.liveConnections === 0);
    expect([identifies(), gateway.client]).toEqual([1, null]);
  });
});

describe('closing the connection', () => {
  it('logs out and leaves none open', async () => {
    await initialize();
    await gateway.cleanup();
    expect([gateway.client, gateway.status().status]).toEqual([null, 'disconnected']);
    await eventually('the connection is closed', () => sandbox.recorder.counters.liveConnections === 0);
    expect(logger.events()).not.toContain('gateway:destroy-failed');
    await gateway.cleanup(); // a second time changes nothing
  });

  it('before READY does not make discord.js identify again, although it comes back', async () => {
    gateway = newGateway({ clock: impatientClock });
    sandbox.faults.holdReady();
    const login = initialize().catch(() => {}); // it ends at its deadline, or with the process
    await sandbox.recorder.waitForIdentify();
    await gateway.cleanup();
    sandbox.faults.reset();
    await comesBack(1);
    expect([identifies(), leased, gateway.client]).toEqual([1, 1, null]);
    void login;
  });

  it('does not wait for a Discord that has stopped answering', async () => {
    await initialize();
    sandbox.faults.freeze();
    await gateway.cleanup();
    expect(logger.events()).toContain('gateway:destroy-failed'); // it gave up: the answer would never have come
  });

  it('begins with no more IDENTIFYs: a connection that breaks during a shutdown stays broken', async () => {
    gateway = newGateway({ clock: impatientClock });
    await initialize();
    gateway.quiesce();
    sandbox.faults.invalidateSession(false);
    await comesBack(1);
    expect([identifies(), leased]).toEqual([1, 1]);
  });
});

describe('whether events come', () => {
  it('is found out by asking for one, without a trace for whoever listens', async () => {
    await initialize();
    await eventually('the last event is some time ago', () => (gateway.status().lastDispatchAgeMs ?? 0) > 1_600);
    const after = sandbox.recorder.mark();
    await gateway.checkDispatches();
    expect(gateway.status()).toMatchObject({ unansweredMs: 0, lastDispatchAgeMs: expect.any(Number) });
    expect(gateway.status().lastDispatchAgeMs).toBeLessThan(1_000);
    const asked = sandbox.recorder.gateway.since(after).filter(({ direction }) => direction === 'in');
    expect(asked.filter(({ op }) => op === 8)).toMatchObject([{ d: { user_ids: [SANDBOX_IDS.bot] } }]);
  });

  it('shows when the gateway acknowledges and is deaf, until it answers again', async () => {
    await initialize();
    sandbox.faults.muteEvents();
    await eventually('the last event is some time ago', () => (gateway.status().lastDispatchAgeMs ?? 0) > 1_600);
    await gateway.checkDispatches();
    expect(gateway.status().status).toBe('ready');
    expect(gateway.status().unansweredMs).toBeGreaterThanOrEqual(1_000);
    sandbox.faults.muteEvents(false);
    sandbox.actors.say({ text: 'hello' });
    await eventually('an event has come', () => gateway.status().unansweredMs === 0);
  });
});

describe('a session that is lost', () => {
  it('for good is fatal once, with the exit code that it leads to', async () => {
    await initialize();
    sandbox.faults.closeWith(4014);
    await eventually('it is told', () => fatal.length > 0);
    expect(fatal).toEqual([expect.objectContaining({ code: 'TUX_DISCORD_INTENTS', exitCode: 78 })]);
    expect(gateway.status().status).toBe('disconnected');
  });

  it('for a moment is resumed without a lease', async () => {
    await initialize();
    const after = sandbox.recorder.mark();
    sandbox.faults.cut();
    await sandbox.recorder.gateway.waitFor(({ t }) => t === 'RESUMED', { after });
    await eventually('it is ready again', () => gateway.status().status === 'ready');
    expect([identifies(), leased, sandbox.recorder.counters.resumes, fatal]).toEqual([1, 1, 1, []]);
    expect(logger.events()).toEqual(expect.arrayContaining(['gateway:disconnected', 'gateway:resumed']));
    expect(disconnects).toBe(1);
  });

  it('while the gateway cannot be reached is resumed once it can, however often that fails', async () => {
    await initialize();
    const { faults, recorder } = sandbox;
    let failures = 0;
    clients.at(-1)?.on(Events.ShardReconnecting, () => {
      failures += 1;
    });
    faults.gatewayDown();
    faults.cut();
    await eventually('two tries have failed', () => failures >= 3); // the first is the connection that was cut
    faults.gatewayDown(false);
    await eventually('the session goes on', () => recorder.counters.resumes === 1);
    expect([leased, identifies()]).toEqual([1, 1]);
  });

  it('because the gateway has gone silent is resumed soon after that was noticed', async () => {
    await sandbox.close();
    sandbox = await startSandbox({ heartbeatIntervalMs: 300 });
    gateway = newGateway();
    await initialize();
    sandbox.faults.freeze();
    await eventually('the session goes on', () => sandbox.recorder.counters.resumes === 1, 10_000);
    expect([leased, identifies()]).toEqual([1, 1]);
  });

  it('and declared invalid is begun anew, with a lease', async () => {
    gateway = newGateway({ clock: impatientClock });
    await initialize();
    const after = sandbox.recorder.mark();
    sandbox.faults.invalidateSession(false);
    await sandbox.recorder.waitForIdentify({ after, timeoutMs: 15_000 });
    await eventually('it is ready again', () => gateway.status().status === 'ready');
    expect([identifies(), leased]).toEqual([2, 2]);
  });
});
