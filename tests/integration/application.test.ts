import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Application } from '../../bot/app/application.js';
import { SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { type Clock, systemClock } from '../../shared/clock.js';
import { LiveConfig } from '../../shared/config/live-config.js';
import { loadConfig } from '../../shared/config/load.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { WorkerMessage } from '../../shared/ipc-protocol.js';
import type { LogPipe } from '../../shared/logging/log-pipe.js';
import type { Paths } from '../../shared/paths.js';
import { Conversation, textOf } from '../support/conversation.js';
import { recordingLogger } from '../support/framework-fakes.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';

let postgres: SharedPostgres;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());

let sandbox: Sandbox;
let folder: string;
let paths: Paths;
let logger: ReturnType<typeof recordingLogger>;
/** What the supervisor would hear, with how often the bot had identified by then. */
let told: (WorkerMessage & { identifies: number })[];
let app: Application;

/** The clock of the system, which knows who sleeps by it. */
const sleepers = new Set<Promise<void>>();
const watchedClock: Clock = {
  ...systemClock,
  sleep(ms, signal) {
    const sleep = systemClock.sleep(ms, signal).finally(() => sleepers.delete(sleep));
    sleepers.add(sleep);
    return sleep;
  },
};

beforeEach(async () => {
  [sandbox, folder] = await Promise.all([startSandbox(), mkdtemp(join(tmpdir(), 'tux-app-'))]);
});
afterEach(async () => {
  await app.shutdown(asked, ExitCode.OK);
  await sandbox.close();
  await rm(folder, { recursive: true });
});

function signalled() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const asked = { kind: 'command', message: 'the test is over' } as const;
const budget = { total: 1_000, remaining: 999, resetAt: null };

function createApplication(databaseUrl: string): void {
  const config = loadConfig({
    DISCORD_TOKEN: SANDBOX_TOKEN,
    DISCORD_API_URL: sandbox.apiUrl,
    DATABASE_URL: databaseUrl,
    TUX_STATE_DIR: folder,
    TUX_LOG_DIR: folder,
  });
  paths = config.paths;
  logger = recordingLogger();
  told = [];
  app = new Application({
    config: new LiveConfig(config),
    runId: 'RUN',
    isSupervised: true,
    leases: { lease: async () => ({ granted: true, budget }) },
    send: (message) => void told.push({ ...message, identifies: sandbox.recorder.counters.identifies }),
    log: logger.log,
    logPipe: { flush: async () => {} } as LogPipe,
    clock: watchedClock,
  });
}

/** Services that reached a stage, in that order. */
function reached(stage: 'initializing' | 'running' | 'stopped'): string[] {
  return told.flatMap((message) => (message.type === 'service' && message.stage === stage ? [message.name] : []));
}

const states = () => told.flatMap((message) => (message.type === 'state' ? [message.to] : []));
const count = (event: string) => logger.events().filter((name) => name === event).length;

describe('a start', () => {
  it('goes through its steps in order, logs in last but one, and is the same for all who ask for it', async () => {
    createApplication(await postgres.createDatabase());
    await Promise.all([app.start(), app.start()]);
    await app.start();
    expect(reached('running')).toHaveLength(8);
    for (const [earlier, later] of [
      ['database', 'permissions'],
      ['permissions', 'prefix'],
      ['prefix', 'cogs'],
      ['cogs', 'state'],
      ['cogs', 'tasks'],
      ['state', 'gateway'],
      ['tasks', 'gateway'],
      ['gateway', 'serving'],
    ] as const) {
      expect(reached('running').indexOf(earlier), `${earlier} before ${later}`).toBeLessThan(
        reached('running').indexOf(later),
      );
    }
    const costs = told.flatMap(({ identifies, ...message }) =>
      message.type === 'service' && message.stage === 'running' ? [[message.name, identifies]] : [],
    );
    expect(costs.filter(([, identifies]) => identifies === 1)).toEqual([
      ['gateway', 1],
      ['serving', 1],
    ]);
    expect(states()).toEqual(['STARTING', 'RUNNING']);
    // Parts are noted as they come.
    expect(Object.keys(app.parts)).toEqual(['heartbeat', 'reporter', 'lock', 'telemetry', 'tux', 'runner']);
    expect([count('worker:ready'), sandbox.recorder.counters.identifies]).toEqual([1, 1]);
  });

  it('does nothing twice when Discord sends another READY', async () => {
    createApplication(await postgres.createDatabase());
    await app.start();
    await eventually('the commands are registered', () => count('commands:registered') === 1);
    const tasks = () => app.parts.tux?.tasks.statistics().map(({ name }) => name);
    const before = tasks();
    expect(before).toContain('sync-emojis');
    const mark = sandbox.recorder.mark();
    sandbox.faults.invalidateSession(false);
    await sandbox.recorder.gateway.waitFor(({ t }) => t === 'READY', { after: mark, timeoutMs: 20_000 });
    await eventually('the gateway is ready again', () => app.parts.tux?.gateway.status().status === 'ready');
    expect(tasks()).toEqual(before);
    expect([count('worker:ready'), sandbox.recorder.counters.commandPuts]).toEqual([1, 1]);
    expect(told.filter(({ type }) => type === 'ready')).toHaveLength(1);
  });

  it('that fails goes no further, shuts down all the same, and ends with the code of the cause', async () => {
    createApplication(postgres.url('no_such_database'));
    await app.start();
    expect(await app.exit).toBe(ExitCode.CONFIG);
    expect(reached('initializing')).toEqual(['database']);
    expect(states()).toEqual(['STARTING', 'ERROR', 'STOPPING', 'STOPPED']);
    expect(logger.records.find(({ event }) => event === 'worker:start:failed')?.msg).toMatch(
      /❌ Database connection failed: .* — 💡 create the database .*, then run: tux db health/,
    );
    const { data } = JSON.parse(await readFile(paths.lastShutdown, 'utf8'));
    expect(data).toMatchObject({ reason: expect.stringMatching(/^start failed: /), exitCode: 78, clean: true });
    expect(existsSync(paths.botLock)).toBe(false);
    expect(sandbox.recorder.counters.identifies).toBe(0);
  });
});

describe('a state file of a later release', () => {
  /** What a start reads; `tests/e2e/state-files.test.ts` has those of the supervisor, and what it makes of the refusal. */
  const snapshots = {
    queueCache: 'jobs',
    reminders: 'reminders',
    scheduledDms: 'dm-scheduled',
    eventCache: 'event-cache',
    liveViews: 'live-views',
    cooldowns: 'cooldowns',
    maintenance: 'maintenance',
  } as const satisfies Partial<Record<keyof Paths, string>>;
  const journals = ['queueJournal', 'remindersJournal', 'scheduledDmsJournal'] as const satisfies (keyof Paths)[];

  const savedBefore = { savedAt: new Date().toISOString(), runId: 'later', data: { hats: 3 } };
  const files: (readonly [keyof typeof snapshots | (typeof journals)[number], object])[] = [
    ...Object.entries(snapshots).map(
      ([name, kind]) => [name as keyof typeof snapshots, { schemaVersion: 99, kind, ...savedBefore }] as const,
    ),
    ...journals.map((name) => [name, { v: 99, seq: 999, record: {} }] as const),
  ];

  it.each(files)(
    'refuses the start with 78 before any IDENTIFY, and is kept byte for byte: %s',
    async (name, content) => {
      createApplication(await postgres.createDatabase());
      const path = paths[name];
      const text = `${JSON.stringify(content)}\n`;
      writeFileSync(path, text);
      await app.start();
      expect(await app.exit).toBe(ExitCode.CONFIG);
      const { msg } = logger.records.find(({ event }) => event === 'worker:start:failed') ?? { msg: 'it did not fail' };
      expect(msg).toContain(`${path} was written by a newer Tux`);
      expect(msg).toContain(`or move ${basename(path)} away`);
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(readdirSync(folder).filter((file) => file.includes('.broken.'))).toEqual([]);
      expect(sandbox.recorder.counters.identifies).toBe(0);
    },
  );
});

describe('a shutdown', () => {
  it('is one for all who ask for it, the first reason and code win, and nothing is left', async () => {
    createApplication(await postgres.createDatabase());
    await app.start();
    const first = app.shutdown({ kind: 'command', message: 'first', by: 'owner' }, ExitCode.RESTART);
    expect(app.shutdown({ kind: 'signal', message: 'SIGTERM', signal: 'SIGTERM' }, ExitCode.OK)).toBe(first);
    expect(await first).toBe(ExitCode.RESTART);
    expect(states().slice(2)).toEqual(['STOPPING', 'STOPPED']);
    expect([count('shutdown:begin'), count('shutdown:done')]).toEqual([1, 1]);
    const { data } = JSON.parse(await readFile(paths.lastShutdown, 'utf8'));
    expect(data).toMatchObject({ reason: 'first', requestedBy: 'owner', exitCode: 75, clean: true });
    expect(app.parts.tux?.tasks.size).toBe(0);
    await eventually('nobody sleeps any more', () => sleepers.size === 0, 2_000);
    expect(sandbox.recorder.counters.liveConnections).toBe(0);
    expect(existsSync(paths.botLock)).toBe(false);
  });

  it('closes Discord before the database', async () => {
    createApplication(await postgres.createDatabase());
    await app.start();
    await app.shutdown(asked, ExitCode.OK);
    const stopped = reached('stopped');
    expect(stopped).toHaveLength(8);
    expect(stopped.slice(0, 2)).toEqual(['serving', 'gateway']);
    expect(stopped.at(-1)).toBe('database');
  });

  it('lets a command that is under way have its reminder', async () => {
    createApplication(await postgres.createDatabase());
    await app.start();
    const { prefixes } = app.parts.tux?.services ?? expect.unreachable();
    const { promise: isDraining, resolve: goOn } = signalled();
    vi.spyOn(prefixes, 'get').mockImplementation(() => isDraining.then(() => '$'));
    const answer = new Conversation(sandbox).say('$remind 1h tea');
    await eventually('the command is under way', () => app.parts.tux?.dispatcher.statistics().inFlight === 1);
    const over = app.shutdown({ kind: 'supervisor-gone', message: 'the supervisor is gone' }, ExitCode.OK);
    await eventually('the shutdown waits for it', () => count('shutdown:drain') === 1);
    goOn();
    expect(textOf(await answer)).toContain('I will remind you');
    await over;
    expect(readFileSync(paths.reminders, 'utf8')).toContain('tea');
  });

  it('in the middle of the start ends that, and nothing starts afterwards', async () => {
    createApplication(await postgres.createDatabase());
    sandbox.faults.holdReady();
    const start = app.start();
    await sandbox.recorder.waitForIdentify({ timeoutMs: 20_000 });
    expect(await app.shutdown(asked, ExitCode.OK)).toBe(ExitCode.OK);
    await start;
    expect(reached('initializing')).not.toContain('serving');
    expect([count('worker:ready'), count('worker:start:failed')]).toEqual([0, 0]);
    await eventually('nobody sleeps any more', () => sleepers.size === 0, 2_000);
  });

  it('works before there was a start', async () => {
    createApplication(postgres.url('never_used'));
    expect(await app.shutdown(asked, ExitCode.OK)).toBe(ExitCode.OK);
    await app.start();
    expect([reached('initializing'), existsSync(paths.botLock)]).toEqual([[], false]);
  });
});
