import { createHook } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Application } from '../../../../bot/app/application.js';
import { BotSetupOrchestrator } from '../../../../bot/app/orchestrator.js';
import { Tux } from '../../../../bot/app/tux.js';
import { Metrics } from '../../../../bot/telemetry/metrics.js';
import type { Telemetry } from '../../../../bot/telemetry/telemetry.js';
import { LiveConfig } from '../../../../shared/config/live-config.js';
import { loadConfig, type RawEnvironment } from '../../../../shared/config/load.js';
import type { TuxError } from '../../../../shared/errors.js';
import type { LogPipe } from '../../../../shared/logging/log-pipe.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-parts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const lease = async () => Promise.reject(new Error('nobody identifies here'));

function common(env: RawEnvironment = {}) {
  const state = join(folder, 'state');
  const config = new LiveConfig(loadConfig({ DISCORD_TOKEN: 'x', TUX_STATE_DIR: state, TUX_LOG_DIR: state, ...env }));
  return { config, runId: 'RUN', leases: { lease }, log: recordingLogger().log, clock: new FakeClock() };
}

const makes = {
  'the application': (options: ReturnType<typeof common>) =>
    new Application({ ...options, isSupervised: true, send: () => {}, logPipe: {} as LogPipe }),
  'the bot': (options: ReturnType<typeof common>) =>
    new Tux({
      ...options,
      lifecycle: {
        restart: () => {},
        shutdown: () => {},
        identifyBudget: () => null,
        inspect: () => ({ state: 'INITIALIZING', isDegraded: false, runId: 'RUN', uptimeMs: 0, services: [] }),
      },
      telemetry: {
        metrics: new Metrics(
          () => ({}) as never,
          () => new Date(0),
        ),
      } as unknown as Telemetry,
      onFatal: () => {},
      onBudgetDenied: () => {},
      onContinuity: () => {},
    }),
};

/** What Node opened meanwhile: `Timeout`, `TCPWRAP`, `FSREQPROMISE` … */
function openedBy(work: () => unknown): string[] {
  const opened: string[] = [];
  const hook = createHook({ init: (_, type) => void opened.push(type) }).enable();
  work();
  hook.disable();
  return opened.filter((type) => !['PROMISE', 'TickObject', 'Microtask'].includes(type));
}

describe('putting the parts together', () => {
  it.each(Object.entries(makes))('of %s opens no socket, no file and no timer', (_, make) => {
    const options = common();
    expect(openedBy(() => make(options))).toEqual([]);
    expect(options.clock.pending).toBe(0);
    expect(existsSync(options.config.paths.stateDir)).toBe(false);
  });

  it('makes services of which only few are dispensable, and only the outside world is tried again', () => {
    const services = new BotSetupOrchestrator(makes['the bot'](common({ TUX_DEV: 'true' }))).services();
    const dispensable = services.filter(({ critical }) => critical === false);
    expect(dispensable.map(({ name }) => name)).toEqual(['prefix', 'hot-reload']);
    const attempts = services.flatMap(({ name, retry }) => (retry ? [[name, retry.attempts]] : []));
    expect(attempts).toEqual([
      ['database', 3],
      ['gateway', 3],
    ]);
  });

  it('gives whoever is too early a clear answer', async () => {
    const tux = makes['the bot'](common());
    const tooEarly = [
      async () => tux.syncCommands(new AbortController().signal, false),
      async () => tux.database.database.ping(),
      async () => tux.jobs.enqueue({ kind: 'demo', payload: {} }),
    ];
    const codes = tooEarly.map((use) => use().catch(({ code }: TuxError) => code));
    expect(await Promise.all(codes)).toEqual(['TUX_NOT_LOGGED_IN', 'TUX_DB_NOT_CONNECTED', 'TUX_QUEUE_NOT_OPEN']);
  });
});
