import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import { type Config, loadConfig, type RawEnvironment } from '../../shared/config/load.js';
import { logRejectedReload, logReload } from '../../shared/config/log-reload.js';
import { describeError, exitCodeOf, type TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { acquireLock, type InstanceLock, readLockOwner } from '../../shared/instance-lock.js';
import type { IdentifyBudget, ShutdownReason, WorkerMessage } from '../../shared/ipc-protocol.js';
import { LifecycleRunner } from '../../shared/lifecycle/index.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import type { LogPipe } from '../../shared/logging/log-pipe.js';
import type { Logger } from '../../shared/logging/logger.js';
import { packageVersion } from '../../shared/package.js';
import { livenessOf } from '../../shared/process-identity.js';
import type { IdentifyLease, IdentifyLeases } from '../discord/identify-leases.js';
import { createErrorReporter, type ErrorReporter } from '../telemetry/error-reporter.js';
import { SetupTrace } from '../telemetry/setup-trace.js';
import { reportShutdown } from '../telemetry/shutdown-report.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { HeartbeatSender, type Vitals } from './heartbeat.js';
import { loggingHooks, progressHooks } from './lifecycle-hooks.js';
import { standaloneLockedError } from './locked-error.js';
import { ShutdownSequence } from './shutdown.js';
import { shutdownPhases } from './shutdown-phases.js';
import type { Tux } from './tux.js';
import type { FactSources } from './worker-facts.js';

export interface ApplicationOptions {
  readonly config: LiveConfig;
  readonly runId: string;
  /** False when the worker runs alone. */
  readonly isSupervised: boolean;
  readonly leases: IdentifyLeases;
  /** To the supervisor; does nothing without one. */
  readonly send: (message: WorkerMessage) => void;
  readonly log: Logger;
  readonly logPipe: LogPipe;
  readonly clock: Clock;
}

/** What the shutdown phases work on; each part is missing until the start has got that far. */
export interface ApplicationParts {
  /** Settles once it is held, or clear that it will not be. */
  lock?: Promise<InstanceLock>;
  reporter?: ErrorReporter;
  telemetry?: Telemetry;
  tux?: Tux;
  runner?: LifecycleRunner;
  heartbeat?: HeartbeatSender;
}

/** How often the log says that all is well. */
const HEALTH_LOG_EVERY_MS = 60_000;
/** How a second signal ends the process when the shutdown does not get done. */
const HURRY_LIMIT_MS = 2_000;
/** How long before the supervisor's deadline the shutdown hurries by itself. */
const HURRY_MARGIN_MS = 4_000;

/**
 * The life of the worker, from configuration to exit code (seed documents: TuxApp). `start` may fail or be cut short at
 * any moment; `shutdown` is one promise that every entry shares, and works after a failed or partial start.
 */
export class Application {
  readonly options: ApplicationOptions;
  readonly parts: ApplicationParts = {};
  readonly #startedAt: number;
  readonly #sequence: ShutdownSequence;
  /** Aborts when the shutdown begins: what the start still waits for falls away. */
  readonly #callOff = new AbortController();
  #budget: IdentifyBudget | null = null;
  #lagMs = 0;
  #shutdown: Promise<ExitCode> | undefined;
  #resolveExit: (code: ExitCode) => void = () => {};
  /** Settles with the exit code once the shutdown is over. */
  readonly exit: Promise<ExitCode>;

  constructor(options: ApplicationOptions) {
    this.options = options;
    this.#startedAt = options.clock.monotonic();
    this.#sequence = new ShutdownSequence(options.log, options.clock);
    this.exit = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
  }

  get isClosing(): boolean {
    return this.#shutdown !== undefined;
  }

  get uptimeMs(): number {
    return Math.round(this.options.clock.monotonic() - this.#startedAt);
  }

  /** Starts everything; a failure becomes a shutdown with the exit code of its cause. Never rejects. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (this.isClosing) return; // the start was called off
      const message = `start failed: ${describeError(error)}`;
      this.options.log.error({ event: 'worker:start:failed', ...errorFields(error) }, `❌ ${describeError(error)}`);
      const { telemetry, reporter } = this.parts;
      if (telemetry) telemetry.noteStarted(error);
      else reporter?.capture(error);
      void this.shutdown({ kind: 'start-failed', message }, exitCodeOf(error));
    }
  }

  /**
   * Ends the worker; resolves with the exit code. The first reason and code win, whoever calls later gets the same promise
   * (seed runbook: idempotent guard).
   */
  shutdown(reason: ShutdownReason, exitCode: ExitCode): Promise<ExitCode> {
    this.#shutdown ??= Promise.resolve().then(() => this.#doShutdown(reason, exitCode));
    return this.#shutdown;
  }

  /** Somebody asks again, or the supervisor's deadline is near: what waits is cut short, and 2 s later it is over. */
  hurry(forcedCode: ExitCode): void {
    if (this.#sequence.hurrySignal.aborted) return;
    this.options.log.warn({ event: 'shutdown:hurry' }, '⚠️ Hurrying the shutdown');
    this.#sequence.hurry();
    setTimeout(() => this.forceExit(forcedCode), HURRY_LIMIT_MS).unref();
  }

  /** Leaves at once. The marker is on disk by now, and so is every acknowledged job. */
  forceExit(code: ExitCode): void {
    this.options.log.error({ event: 'shutdown:forced', code }, `❌ Leaving without having finished, code ${code}`);
    this.options.logPipe.flushSync();
    process.exit(code);
  }

  /** The supervisor wants it over in `deadlineMs`. */
  setDeadline(deadlineMs: number): void {
    const timer = setTimeout(() => this.hurry(ExitCode.FORCED_SIGTERM), Math.max(0, deadlineMs - HURRY_MARGIN_MS));
    timer.unref();
  }

  /** An error that leaves the process in an unknown state. */
  fatal(error: Error | TuxError, origin: string): void {
    this.options.log.fatal({ event: 'worker:fatal', err: error, origin }, `❌ Fatal: ${describeError(error)}`);
    this.parts.reporter?.capture(error, { origin });
    void this.shutdown({ kind: 'fatal', message: describeError(error) }, exitCodeOf(error));
  }

  /** Takes over what may change while the bot runs; settings that are not valid are logged and change nothing. */
  reload(read: () => RawEnvironment): boolean {
    const { config, log, isSupervised } = this.options;
    let next: Config;
    try {
      next = loadConfig(read());
    } catch (error) {
      logRejectedReload(log, error);
      return false;
    }
    if (!isSupervised) logReload(log, config.compare(next)); // else the supervisor does
    config.takeOver(next);
    return true;
  }

  /** Supervised, it gets new settings from the supervisor: what that read from `.env` is our environment. */
  declineReload(): void {
    this.options.log.debug({ event: 'config:left-to-supervisor' }, 'Reload asked for: tux-supervisor reload does that');
  }

  /** What an operator wants to know of the bot; empty while there is no bot yet. */
  async answer(about: 'metrics' | 'details'): Promise<string> {
    const { telemetry, tux, runner } = this.parts;
    if (!telemetry || !tux || !runner) return '';
    if (about === 'metrics') return telemetry.metrics.text();
    const { workerDetails } = await import('./worker-facts.js');
    return JSON.stringify(await workerDetails(this.#factSources(tux, runner)));
  }

  async #start(): Promise<void> {
    const { config, log, clock, runId } = this.options;
    const setup = new SetupTrace(clock);
    this.#startHeart();
    const reporter = await createErrorReporter({
      dsn: config.env.SENTRY_DSN,
      tracesSampleRate: config.env.SENTRY_TRACES_SAMPLE_RATE,
      release: packageVersion(),
      secrets: config.secrets,
      log,
    });
    this.parts.reporter = reporter;
    await this.#acquireLock();
    this.#assertOpen();
    // The bot proper costs half a second to import; nothing of it is needed before.
    const [{ Tux }, { BotSetupOrchestrator }, { botStatistics, liveFigures }, { Metrics }] = await Promise.all([
      import('./tux.js'),
      import('./orchestrator.js'),
      import('./worker-facts.js'),
      import('../telemetry/metrics.js'),
    ]);
    this.#assertOpen();
    const startedAt = new Date(clock.now() - this.uptimeMs);
    const metrics = new Metrics(() => liveFigures(this.#factSources(tux, runner)), startedAt);
    const telemetry = new Telemetry({ reporter, metrics, setup, clock, log });
    this.parts.telemetry = telemetry;
    const tux = new Tux({
      config,
      runId,
      leases: { lease: (...request) => this.#lease(...request) },
      lifecycle: this.#lifecyclePort(),
      telemetry,
      log,
      clock,
      onFatal: (error) => this.fatal(error, error.code),
      onBudgetDenied: (reason) =>
        void this.shutdown({ kind: 'identify-budget', message: reason }, ExitCode.UNAVAILABLE),
    });
    this.parts.tux = tux;
    reporter.attach('bot_stats', () => botStatistics(tux, this.uptimeMs));
    const runner = new LifecycleRunner({
      services: new BotSetupOrchestrator(tux).services(),
      hooks: [loggingHooks(log), progressHooks((message) => this.options.send(message)), telemetry.lifecycleHooks()],
      onHookError: (error, hook) => log.error({ event: 'hook:failed', err: error, hook }, `❌ Hook ${hook} failed`),
      startTimeoutMs: config.env.TUX_SETUP_TIMEOUT_MS + config.env.TUX_LOGIN_TIMEOUT_MS,
      clock,
    });
    this.parts.runner = runner;
    await runner.start();
    telemetry.noteStarted();
    this.#announceReady(tux);
    const run = async () => telemetry.logHealth();
    tux.tasks.registerPeriodic({ name: 'log-health', everyMs: HEALTH_LOG_EVERY_MS, run });
  }

  #factSources(tux: Tux, runner: LifecycleRunner): FactSources {
    const processed = this.parts.telemetry?.metrics.processed ?? 0;
    return { tux, runner, processed, runId: this.options.runId, uptimeMs: this.uptimeMs, lagMs: this.#lagMs };
  }

  #startHeart(): void {
    const heartbeat = new HeartbeatSender(
      this.options.config.env.TUX_HEARTBEAT_INTERVAL_MS,
      () => this.#readVitals(),
      (beat) => {
        this.#lagMs = beat.eventLoopLagMs;
        this.options.send(beat);
      },
    );
    this.parts.heartbeat = heartbeat;
    heartbeat.start();
    this.options.config.onChange('TUX_HEARTBEAT_INTERVAL_MS', (ms) => heartbeat.changeInterval(ms));
  }

  #readVitals(): Vitals {
    const { tux, runner } = this.parts;
    return {
      state: runner?.state ?? 'INITIALIZING',
      degraded: runner?.isDegraded ?? false,
      tasks: tux?.tasks.size ?? 0,
      queueDepth: tux?.jobs.depth ?? 0,
      gateway: tux?.gateway.status() ?? {
        status: 'idle',
        guilds: 0,
        pingMs: null,
        lastDispatchAgeMs: null,
        lastAckAgeMs: null,
        downForMs: this.uptimeMs,
      },
    };
  }

  /** Passes the request on, and remembers what was left. */
  async #lease(...request: Parameters<IdentifyLeases['lease']>): Promise<IdentifyLease> {
    const lease = await this.options.leases.lease(...request);
    if (lease.granted) this.#budget = lease.budget;
    return lease;
  }

  async #acquireLock(): Promise<void> {
    const { config, log, isSupervised } = this.options;
    if (!isSupervised) {
      // A supervisor between two workers holds no bot.lock, and would take us for a left-over of its own.
      const owner = await readLockOwner(config.paths.supervisorLock);
      if (owner !== null && livenessOf(owner) === 'alive') throw standaloneLockedError(owner);
    }
    this.parts.lock = acquireLock({
      file: config.paths.botLock,
      signal: this.#callOff.signal,
      onTakeover: (previous) => {
        const fields = { event: 'recovery:unclean', previous };
        log.warn(fields, '⚠️ The last run ended without letting go of its lock: recovering what it left');
      },
      onCompromised: (error) => this.fatal(error, 'bot.lock'),
    });
    await this.parts.lock;
  }

  /** A shutdown that began during an await of the start has passed by what comes next. */
  #assertOpen(): void {
    if (this.isClosing) throw new Error('the start was called off');
  }

  #announceReady(tux: Tux): void {
    const { client } = tux.gateway;
    const guilds = client?.guilds.cache.size ?? 0;
    const user = client?.user.tag ?? 'Tux';
    this.parts.heartbeat?.beat();
    this.options.send({ type: 'ready', startupMs: this.uptimeMs, guilds, user });
    this.options.log.info(
      { event: 'worker:ready', startupMs: this.uptimeMs, guilds, commands: tux.services.commands.list().length },
      `✅ ${user} is online in ${guilds} guild(s) after ${(this.uptimeMs / 1000).toFixed(1)} s`,
    );
  }

  #lifecyclePort() {
    const ask = (action: 'restart' | 'shutdown') => (by: string, why: string) => {
      const exitCode = action === 'restart' ? ExitCode.RESTART : ExitCode.OK;
      void this.shutdown({ kind: 'command', message: why, by }, exitCode);
    };
    return {
      restart: ask('restart'),
      shutdown: ask('shutdown'),
      identifyBudget: () => this.#budget,
      inspect: () => ({
        state: this.parts.runner?.state ?? 'INITIALIZING',
        isDegraded: this.parts.runner?.isDegraded ?? false,
        runId: this.options.runId,
        uptimeMs: this.uptimeMs,
        services: this.parts.runner?.inspect() ?? [],
      }),
    };
  }

  async #doShutdown(reason: ShutdownReason, exitCode: ExitCode): Promise<ExitCode> {
    const { log } = this.options;
    if (this.parts.reporter) reportShutdown(this.parts.reporter, reason);
    this.#callOff.abort();
    log.info({ event: 'shutdown:begin', reason, exitCode }, `🔧 Shutting down: ${reason.message}`);
    await this.#sequence.run(shutdownPhases(this, this.#sequence, reason, exitCode));
    this.#resolveExit(exitCode);
    return exitCode;
  }
}
