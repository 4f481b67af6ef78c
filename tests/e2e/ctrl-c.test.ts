import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/index.js';
import { readProcStat } from '../../shared/process-identity.js';
import { expectNothingLeft, expectWholeFiles } from '../support/after-stop.js';
import type { LogLine } from '../support/log-watch.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { Terminal } from '../support/terminal.js';
import { SUPERVISOR, TuxRig } from '../support/tux-rig.js';

/** The same signal counts anew after a second. */
const LATER_MS = 1_100;
/** Longer than any test: only a hurried drain ends before that. */
const LONG_DRAIN = { TUX_DRAIN_TIMEOUT_MS: '60000', TUX_STOP_TIMEOUT_MS: '75000' };
const PHASES = [
  'marker',
  'refuse new work',
  'drain',
  'persist',
  'cancel tasks',
  'persist again',
  'close connections',
  'flush Sentry',
];

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig.dispose());

async function createRig(env: Record<string, string> = {}): Promise<TuxRig> {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), ...env });
  return rig;
}

/** From the log file: in a terminal the output is for people. */
async function logged(event: string): Promise<LogLine[]> {
  const lines = (await readFile(rig.paths.log, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
}

/** What Ctrl-C promises: one shutdown, reported in full, and nothing left of it. */
async function expectOneCleanShutdown(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGINT'): Promise<void> {
  expect(await logged('shutdown:begin')).toHaveLength(1);
  expect(await logged('worker:started')).toHaveLength(1);
  const last = await rig.readState(rig.paths.lastShutdown);
  const tasks = { cancelled: expect.any(Number), completed: expect.any(Number), timedOut: [] };
  expect(last).toMatchObject({
    reason: signal,
    signal,
    exitCode: 0,
    clean: true,
    pendingJobs: expect.any(Number),
    tasks,
  });
  expect(last.phases).toEqual(PHASES.map((name) => ({ name, ms: expect.any(Number) })));
  expect(await rig.history()).toMatchObject([{ class: 'stopped', code: 0, signal: null, reason: signal }]);
  expect(rig.sandbox.recorder.counters.identifies).toBeLessThanOrEqual(1);
  await expectNothingLeft(rig);
}

describe('Ctrl-C in a terminal', () => {
  it('stops a running Tux once and leaves nothing behind', async () => {
    await createRig();
    const terminal = new Terminal(process.execPath, [SUPERVISOR, 'start'], { cwd: rig.folder, env: rig.env });
    await terminal.shows('Tux is ready after');
    const worker = (await rig.status()).worker?.pid ?? 0;
    expect(readProcStat(worker)?.processGroup).toBe(worker); // so the terminal's signal passes it by
    terminal.pressCtrlC();
    expect(await terminal.ended).toEqual({ code: 0, signal: 0 });
    await expectOneCleanShutdown();
  });

  it('stops a Tux that npm started once, whether npm hands the signal on or not', async () => {
    await createRig();
    const start = `"${process.execPath}" "${SUPERVISOR}" start`;
    await writeFile(join(rig.folder, 'package.json'), JSON.stringify({ private: true, scripts: { start } }));
    const terminal = new Terminal('npm', ['start'], { cwd: rig.folder, env: rig.env });
    await terminal.shows('Tux is ready after');
    terminal.pressCtrlC();
    await terminal.ended;
    expect(await logged('supervisor:hurry')).toEqual([]);
    await expectOneCleanShutdown();
  });

  it('is not needed: closing the window stops Tux as well', async () => {
    await createRig();
    const terminal = new Terminal(process.execPath, [SUPERVISOR, 'start'], { cwd: rig.folder, env: rig.env });
    await terminal.shows('Tux is ready after');
    terminal.close();
    await eventually('Tux has stopped', () => rig.processes().length === 0);
    await expectOneCleanShutdown('SIGHUP');
  });
});

describe('a signal that stops the supervisor', () => {
  it('counts once when it arrives twice within a second', async () => {
    await createRig(LONG_DRAIN);
    const supervisor = await rig.startReady();
    await rig.ask('$queue add 2 x');
    supervisor.kill('SIGINT');
    await supervisor.log.waitFor('shutdown:begin');
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(supervisor.log.all('supervisor:hurry')).toEqual([]);
    expect(supervisor.log.all('job:finished')).toHaveLength(1);
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ pendingJobs: 0 });
    await expectOneCleanShutdown();
  });

  it('ends the drain when it comes again later, and the job that was running stays in the queue', async () => {
    await createRig(LONG_DRAIN);
    const supervisor = await rig.startReady();
    await rig.ask('$queue add 30 x');
    supervisor.kill('SIGINT');
    await supervisor.log.waitFor('shutdown:begin');
    await sleep(LATER_MS);
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(supervisor.log.all('supervisor:hurry')).toHaveLength(1);
    expect(supervisor.log.all('job:released')).toHaveLength(1);
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ pendingJobs: 1 });
    await expectOneCleanShutdown();
  });

  it('leaves tux-supervisor stop --now the power to end the drain', async () => {
    await createRig(LONG_DRAIN);
    const supervisor = await rig.startReady();
    await rig.ask('$queue add 30 x');
    supervisor.kill('SIGINT');
    await supervisor.log.waitFor('shutdown:begin');
    expect(await rig.supervisorCommand('stop', '--now')).toMatchObject({ code: 0 });
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ pendingJobs: 1 });
    await expectOneCleanShutdown();
  });

  it('kills a worker that does not move when it comes a third time, and its job is done by the next one', async () => {
    await createRig(LONG_DRAIN);
    const supervisor = await rig.startReady();
    await rig.ask('$queue add 2 paperwork');
    supervisor.kill('SIGINT');
    await supervisor.log.waitFor('shutdown:begin');
    process.kill(supervisor.workerPid, 'SIGSTOP');
    await sleep(LATER_MS);
    supervisor.kill('SIGINT');
    await supervisor.log.waitFor('supervisor:hurry');
    await sleep(LATER_MS);
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(await rig.history()).toMatchObject([{ class: 'stopped', code: null, signal: 'SIGKILL', reason: 'SIGINT' }]);
    expect(rig.processes()).toEqual([]);
    await expectWholeFiles(rig);
    const next = await rig.startReady();
    await rig.sandbox.recorder.waitForMessage(({ content }) => content.endsWith('done: paperwork'));
    next.kill('SIGINT');
    expect(await next.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
  });
});

describe('a stop during set-up', () => {
  it('is heeded before there is a worker', async () => {
    await createRig();
    const supervisor = rig.start();
    await supervisor.log.waitFor('supervisor:started');
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(rig.sandbox.recorder.counters.identifies).toBe(0);
    await expectNothingLeft(rig);
  });

  it('is heeded while another supervisor seems to be letting go of the lock', async () => {
    await createRig();
    const folder = `${rig.paths.supervisorLock}.lock`;
    await mkdir(folder, { recursive: true });
    const supervisor = rig.start();
    // The lock's mutex comes and goes while it waits for its turn.
    await eventually('it waits for the lock', () =>
      readdirSync(rig.paths.stateDir).some((name) => name.includes('.mutex')),
    );
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    await rmdir(folder); // it was not ours to remove
    await expectNothingLeft(rig);
  });

  it('is heeded when the worker was just spawned and has not said hello', async () => {
    await createRig();
    const supervisor = rig.start();
    await supervisor.log.waitFor('worker:started');
    supervisor.kill('SIGINT');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(rig.sandbox.recorder.counters.identifies).toBe(0);
    await expectOneCleanShutdown();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`is heeded while the database accepts and stays silent (${signal})`, async () => {
      const silent = await startSilentServer();
      rig = await TuxRig.create({ DATABASE_URL: `postgresql://tux@127.0.0.1:${silent.port}/tux` });
      const supervisor = rig.start();
      await silent.connected;
      supervisor.kill(signal);
      const ended = await supervisor.ended;
      silent.close();
      expect(ended).toEqual({ code: 0, signal: null });
      expect(rig.sandbox.recorder.counters.identifies).toBe(0);
      await expectOneCleanShutdown(signal);
    });
  }
});

interface Standstill {
  readonly name: string;
  readonly signal: 'SIGINT' | 'SIGTERM';
  readonly identifies: number;
  hold(sandbox: Sandbox): void;
  reached(sandbox: Sandbox): Promise<unknown>;
}

const standstills: Standstill[] = [
  {
    name: 'before HELLO',
    signal: 'SIGINT',
    identifies: 0,
    hold: ({ faults }) => faults.holdHello(),
    reached: ({ recorder }) => eventually('Tux connects', () => recorder.counters.liveConnections === 1),
  },
  {
    name: 'between IDENTIFY and READY',
    signal: 'SIGINT',
    identifies: 1,
    hold: ({ faults }) => faults.holdReady(),
    reached: ({ recorder }) => recorder.waitForIdentify({ timeoutMs: 20_000 }),
  },
  {
    name: 'between IDENTIFY and READY',
    signal: 'SIGTERM',
    identifies: 1,
    hold: ({ faults }) => faults.holdReady(),
    reached: ({ recorder }) => recorder.waitForIdentify({ timeoutMs: 20_000 }),
  },
  {
    name: 'between READY and the guilds',
    signal: 'SIGINT',
    identifies: 1,
    hold: ({ faults }) => faults.holdGuilds(),
    reached: ({ recorder }) => recorder.gateway.waitFor(({ t }) => t === 'READY', { timeoutMs: 20_000 }),
  },
];

describe('a stop during login', () => {
  for (const { name, signal, identifies, hold, reached } of standstills) {
    it(`is heeded ${name} (${signal}), and nothing identifies again`, async () => {
      await createRig();
      hold(rig.sandbox);
      const supervisor = rig.start();
      await reached(rig.sandbox);
      supervisor.kill(signal);
      expect(await supervisor.ended).toEqual({ code: 0, signal: null });
      expect(rig.sandbox.recorder.counters.identifies).toBe(identifies);
      await expectOneCleanShutdown(signal);
    });
  }
});

/** A server that takes a connection and never says anything, as a database behind a broken network does. */
async function startSilentServer() {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  const connected = once(server, 'connection');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connected, close: () => server.close() };
}
