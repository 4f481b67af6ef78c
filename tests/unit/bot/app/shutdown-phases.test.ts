import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Application } from '../../../../bot/app/application.js';
import { ShutdownSequence } from '../../../../bot/app/shutdown.js';
import { shutdownPhases } from '../../../../bot/app/shutdown-phases.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { environmentSchema } from '../../../../shared/config/schema.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import type { ShutdownReason } from '../../../../shared/ipc-protocol.js';
import { lastShutdownSchema } from '../../../../shared/last-shutdown.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { fileHandlePrototype } from '../../../support/file-handle-prototype.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const command: ShutdownReason = { kind: 'command', message: 'asked for', by: 'owner' };

let folder: string;
let steps: string[];
/** What single steps do instead of just being noted. */
let acts: Record<string, () => unknown>;
let sequence: ShutdownSequence;
let logger: ReturnType<typeof recordingLogger>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-phases-'));
  steps = [];
  acts = {};
  logger = recordingLogger();
});
afterEach(() => rm(folder, { recursive: true }));

const step =
  <T>(name: string, result?: T) =>
  async () => {
    steps.push(name);
    return ((await acts[name]?.()) ?? result) as T;
  };

/** Everything that the start may have got done, each part writing down when it is used. */
function allParts() {
  return {
    lock: Promise.resolve({ release: step('lock.release') }),
    reporter: { trace: () => {}, flush: step('reporter.flush') },
    runner: { stop: step('runner.stop', { overran: [], failed: [] }) },
    heartbeat: { stop: step('heartbeat.stop') },
    tux: {
      gateway: {
        canHandOver: true,
        quiesce: () => void steps.push('gateway.quiesce'),
        handOver: () => void steps.push('gateway.handOver'),
      },
      dispatcher: {
        close: () => void steps.push('dispatcher.close'),
        statistics: () => ({ inFlight: 2 }),
        drain: step('dispatcher.drain', { finished: 2, abandoned: [] as string[] }),
      },
      jobs: {
        depth: 4,
        running: 1,
        close: () => void steps.push('jobs.close'),
        drain: step('jobs.drain', { finished: 1, released: 1, abandoned: [] as string[] }),
        persist: step('jobs.persist'),
      },
      reminders: { stop: step('reminders.stop'), persist: step('reminders.persist') },
      scheduledDms: { stop: step('scheduledDms.stop'), persist: step('scheduledDms.persist') },
      events: { persist: step('events.persist') },
      services: { cooldowns: { persist: step('cooldowns.persist') } },
      tasks: { cancelAll: step('tasks.cancelAll', { cancelled: 3, completed: 1, timedOut: [] as string[] }) },
    },
  };
}

interface Circumstances {
  readonly parts?: object;
  readonly reason?: ShutdownReason;
  readonly code?: ExitCode;
  readonly isSupervised?: boolean;
}

function phases({ parts = allParts(), reason = command, code = ExitCode.OK, isSupervised = true }: Circumstances = {}) {
  const clock = new FakeClock();
  sequence = new ShutdownSequence(logger.log, clock);
  const options = {
    config: loadConfig({ DISCORD_TOKEN: 'x', TUX_STATE_DIR: folder, TUX_LOG_DIR: folder }),
    runId: 'RUN',
    isSupervised,
    send: (message: { type: string }) => void steps.push(`send ${message.type}`),
    log: logger.log,
    logPipe: { flush: step('logPipe.flush') },
    clock,
  };
  const application = { parts, options, uptimeMs: 5_000 } as unknown as Application;
  return shutdownPhases(application, sequence, reason, code);
}

const run = (circumstances?: Circumstances) => {
  const list = phases(circumstances);
  return sequence.run(list);
};

async function dataOf(name: string): Promise<Record<string, unknown>> {
  return (JSON.parse(await readFile(join(folder, name), 'utf8')) as { data: Record<string, unknown> }).data;
}

describe('the phases of a shutdown', () => {
  it('come in the order of the runbook', async () => {
    await run();
    expect(steps).toEqual([
      'send closing',
      'gateway.quiesce',
      'dispatcher.close',
      'jobs.close',
      'dispatcher.drain',
      'reminders.stop',
      'scheduledDms.stop',
      'jobs.drain',
      'jobs.persist',
      'reminders.persist',
      'scheduledDms.persist',
      'events.persist',
      'cooldowns.persist',
      'tasks.cancelAll',
      'jobs.persist',
      'reminders.persist',
      'scheduledDms.persist',
      'events.persist',
      'cooldowns.persist',
      'runner.stop',
      'reporter.flush',
      'heartbeat.stop',
      'logPipe.flush',
      'lock.release',
    ]);
  });

  it('turn nobody away where the next worker goes on with the gateway session', async () => {
    await run({ code: ExitCode.RESTART });
    expect(steps.slice(0, 6)).toEqual([
      'send closing',
      'gateway.handOver',
      'dispatcher.drain',
      'reminders.stop',
      'scheduledDms.stop',
      'jobs.drain',
    ]);
  });

  it('refuse new work where it could but for this discord.js', async () => {
    const parts = allParts();
    parts.tux.gateway.canHandOver = false;
    await run({ parts, code: ExitCode.RESTART });
    expect(steps.slice(0, 4)).toEqual(['send closing', 'gateway.quiesce', 'dispatcher.close', 'jobs.close']);
  });

  it('together take less than the supervisor waits by default', () => {
    const sumMs = phases().reduce((sum, { limitMs }) => sum + limitMs, 0);
    expect(sumMs).toBeLessThan(environmentSchema.parse({ DISCORD_TOKEN: 'x' }).TUX_STOP_TIMEOUT_MS);
  });

  it('have the marker on disk before anything is taken down', async () => {
    let marker: unknown;
    const parts = allParts();
    parts.tux.gateway.handOver = () => {
      marker = dataOf('exit-marker.json');
    };
    await run({ parts, code: ExitCode.RESTART });
    expect(await marker).toEqual({ runId: 'RUN', action: 'restart', code: 75, reason: command, by: 'owner' });
  });

  it('leave an account of themselves', async () => {
    await run();
    expect(lastShutdownSchema.parse(await dataOf('last-shutdown.json'))).toMatchObject({
      runId: 'RUN',
      reason: 'asked for',
      requestedBy: 'owner',
      signal: null,
      exitCode: 0,
      clean: true,
      uptimeMs: 5_000,
      pendingJobs: 4,
      tasks: { cancelled: 4, completed: 4, timedOut: [] },
    });
  });

  it.each([
    { isSupervised: true, reason: command, waits: 'not', syncs: 0 },
    { isSupervised: true, reason: { kind: 'supervisor-gone', message: 'gone' } as const, waits: '', syncs: 2 },
    { isSupervised: false, reason: command, waits: '', syncs: 2 },
  ])('do $waits wait for the disk with it: supervised $isSupervised, $reason.kind', async (circumstances) => {
    const list = phases(circumstances).filter(({ name }) => name === 'last-shutdown');
    const sync = vi.spyOn(await fileHandlePrototype(), 'sync');
    await sequence.run(list);
    expect(sync).toHaveBeenCalledTimes(circumstances.syncs);
    expect(await dataOf('last-shutdown.json')).toMatchObject({ runId: 'RUN' });
  });

  it('tell the log what they wait for', async () => {
    await run();
    expect(logger.records.find(({ event }) => event === 'shutdown:drain')?.msg).toBe(
      '🔧 Waiting for 3 commands and jobs to finish',
    );
  });

  it('work after a start that got nowhere', async () => {
    await run({ parts: {}, reason: { kind: 'start-failed', message: 'no database' }, code: ExitCode.UNAVAILABLE });
    expect(steps).toEqual(['send closing', 'logPipe.flush']);
    expect(await dataOf('exit-marker.json')).toMatchObject({ action: 'fail', code: 69 });
    expect(await dataOf('last-shutdown.json')).toMatchObject({ exitCode: 69, pendingJobs: 0, clean: true });
  });

  it.each(['dispatcher.drain', 'jobs.persist', 'tasks.cancelAll', 'runner.stop', 'reporter.flush', 'logPipe.flush'])(
    'go on to the last when %s fails',
    async (name) => {
      acts[name] = () => Promise.reject(new Error('boom'));
      await run();
      expect(steps.at(-1)).toBe('lock.release');
      const { clean, phases: told } = await dataOf('last-shutdown.json');
      const failed = (told as { name: string; error?: string }[]).filter(({ error }) => error === 'boom');
      expect([clean, failed.length > 0]).toEqual(name === 'logPipe.flush' ? [true, false] : [false, true]);
    },
  );

  it('name what would not end, and are not clean then', async () => {
    acts['jobs.drain'] = () => ({ finished: 0, released: 0, abandoned: ['demo 01J'] });
    acts['tasks.cancelAll'] = () => ({ cancelled: 0, completed: 0, timedOut: ['stats'] });
    acts['runner.stop'] = () => ({ overran: ['database'], failed: [] });
    await run();
    const told = lastShutdownSchema.parse(await dataOf('last-shutdown.json'));
    expect([told.clean, told.tasks.timedOut]).toEqual([false, ['demo 01J', 'stats']]);
    expect(told.phases.find(({ name }) => name === 'close connections')?.error).toBe('did not stop cleanly: database');
  });

  it('of somebody who may not be here write nothing into the other’s folder', async () => {
    await run({ parts: {}, code: ExitCode.LOCKED, isSupervised: false });
    for (const name of ['exit-marker.json', 'last-shutdown.json']) {
      await expect(dataOf(name), name).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });

  it('release no lock that was never had', async () => {
    const lock = Promise.reject(new Error('another is alive'));
    lock.catch(() => {}); // whoever asked for it has heard
    await run({ parts: { ...allParts(), lock } });
    expect(sequence.isClean).toBe(true);
  });
});
