import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { ulid } from 'ulid';
import type { TestContext } from 'vitest';
import { type Clock, systemClock } from '../../shared/clock.js';
import { type Config, loadConfig } from '../../shared/config/load.js';
import { AUTOMATIC_RESERVE } from '../../shared/identify-ledger.js';
import { acquireLock, type InstanceLock } from '../../shared/instance-lock.js';
import { createLogger, type Logger } from '../../shared/logging/logger.js';
import { DiskRetry } from '../../supervisor/disk-retry.js';
import { LogFolder } from '../../supervisor/logs/log-folder.js';
import { logLimits } from '../../supervisor/logs/log-retention.js';
import { LogSink } from '../../supervisor/logs/log-sink.js';
import { classifyExit, type ExitVerdict } from '../../supervisor/restart/exit-policy.js';
import { SupervisionObservers } from '../../supervisor/supervision-observer.js';
import { SupervisorState } from '../../supervisor/supervisor-state.js';
import type { RunOutcome } from '../../supervisor/worker/run-outcome.js';
import { WorkerProcess } from '../../supervisor/worker/worker-process.js';
import { WorkerRun } from '../../supervisor/worker/worker-run.js';
import { type LogLine, LogWatch } from './log-watch.js';
import { eventually, isRunning, processesWith } from './processes.js';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/children');

/** Short, so that tests are; each can be given another value. */
const QUICK = {
  DISCORD_TOKEN: 'no-token-at-all',
  LOG_LEVEL: 'debug',
  TUX_HELLO_TIMEOUT_MS: '10000',
  TUX_HEARTBEAT_INTERVAL_MS: '2000',
};

/**
 * Everything around one run of a worker as the supervisor has it, in this process, with a small program in the worker's
 * place. Nothing of it is left after `dispose`.
 */
export class RunRig {
  readonly log = new LogWatch();
  readonly config: Config;
  readonly state: SupervisorState;
  readonly sink: LogSink;
  readonly logger: Logger;
  readonly #folder: string;
  readonly #lock: InstanceLock;
  readonly #retry: DiskRetry;
  readonly #runs: WorkerRun[] = [];

  private constructor(folder: string, config: Config, lock: InstanceLock) {
    this.#folder = folder;
    this.config = config;
    this.#lock = lock;
    const output = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        this.log.feed(String(chunk));
        done();
      },
    });
    const limits = () => logLimits(config.env);
    const logFolder = new LogFolder({ paths: config.paths, limits, clock: systemClock, onProblem: () => {} });
    this.sink = new LogSink({ folder: logFolder, secrets: config.secrets, output, pretty: null });
    const { LOG_LEVEL: level } = config.env;
    this.logger = createLogger({ level, name: 'supervisor', destination: this.sink, secrets: config.secrets });
    const common = { log: this.logger, clock: systemClock };
    this.#retry = new DiskRetry(common);
    this.state = new SupervisorState({ ...common, paths: config.paths, lock, retry: this.#retry });
  }

  static async create(settings: Record<string, string> = {}): Promise<RunRig> {
    const folder = await mkdtemp(join(tmpdir(), 'tux-run-'));
    const config = loadConfig({ ...QUICK, TUX_STATE_DIR: folder, TUX_LOG_DIR: join(folder, 'logs'), ...settings });
    const lock = await acquireLock({ file: config.paths.supervisorLock, onCompromised: () => {} });
    const rig = new RunRig(folder, config, lock);
    await rig.state.load();
    return rig;
  }

  /** One for a single test, which is disposed of after it: tests that wait most of the time run side by side. */
  static async for({ onTestFinished }: TestContext, settings: Record<string, string> = {}): Promise<RunRig> {
    const rig = await RunRig.create(settings);
    onTestFinished(() => rig.dispose());
    return rig;
  }

  /** Starts `tests/fixtures/children/NAME.mjs` as the worker. */
  start(name: string, environment: Record<string, string> = {}, clock: Clock = systemClock): WorkerRun {
    const { paths } = this.config;
    const runId = ulid();
    const run = new WorkerRun({
      runId,
      open: (handlers) =>
        WorkerProcess.spawn({
          runId,
          program: join(FIXTURES, `${name}.mjs`),
          environment: { PATH: process.env.PATH ?? '', TUX_STATE_DIR: paths.stateDir, ...environment },
          cwd: this.#folder,
          handlers,
          clock,
        }),
      onClosing: () => {},
      config: this.config,
      log: this.logger,
      sink: this.sink,
      state: this.state,
      reserve: AUTOMATIC_RESERVE,
      cgroupMemoryBytes: null,
      clock,
      onReady: (readyMs) => this.logger.info({ event: 'test:ready', readyMs }, 'ready'),
      events: new SupervisionObservers(this.logger),
    });
    this.#runs.push(run);
    return run;
  }

  /** Starts one and waits until it is ready. */
  async startReady(name: string, environment: Record<string, string> = {}): Promise<WorkerRun> {
    const run = this.start(name, environment);
    await this.log.waitFor('test:ready');
    return run;
  }

  /** Waits until the worker has printed exactly this line. */
  said(line: string): Promise<LogLine> {
    const isIt = (logged: LogLine) => logged.msg === line;
    return Promise.race([this.log.waitFor('worker:stdout', isIt), this.log.waitFor('worker:stderr', isIt)]);
  }

  async dispose(): Promise<void> {
    for (const run of this.#runs) run.kill();
    const outcomes = await Promise.all(this.#runs.map(({ finished }) => finished));
    for (const { runId } of outcomes) {
      await eventually('nothing of the run is left', () => processesWith(`TUX_RUN_ID=${runId}`).length === 0);
    }
    await this.#retry.close();
    this.sink.close();
    await this.#lock.release();
    await rm(this.#folder, { recursive: true });
  }
}

/** The end of a run, and how the supervisor judges it. */
export async function endOf(run: WorkerRun): Promise<{ outcome: RunOutcome; verdict: ExitVerdict }> {
  const outcome = await run.finished;
  return { outcome, verdict: classifyExit(outcome.exit) };
}

/** Waits until a process that is not our child is gone. */
export function gone(pid: unknown): Promise<void> {
  if (typeof pid !== 'number') throw new TypeError(`not a pid: ${String(pid)}`);
  return eventually(`process ${pid} is gone`, () => !isRunning(pid));
}
