import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import { type Config, loadConfig, type RawEnvironment } from '../../shared/config/load.js';
import { logRejectedReload, logReload } from '../../shared/config/log-reload.js';
import { describeError, exitCodeOf, type TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { InstanceLock } from '../../shared/instance-lock.js';
import type { Question, ShutdownReason, WorkerMessage } from '../../shared/ipc-protocol.js';
import type { LifecycleRunner } from '../../shared/lifecycle/index.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import type { LogPipe } from '../../shared/logging/log-pipe.js';
import type { Logger } from '../../shared/logging/logger.js';
import { scrub } from '../../shared/scrub.js';
import type { IdentifyLeases } from '../discord/identify-leases.js';
import type { ErrorReporter } from '../telemetry/error-reporter.js';
import { reportShutdown } from '../telemetry/shutdown-report.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { HeartbeatSender } from './heartbeat.js';
import type { PreflightReport } from './preflight/preflight.js';
import { ShutdownSequence } from './shutdown.js';
import { shutdownPhases } from './shutdown-phases.js';
import { StartSequence } from './start-sequence.js';
import type { Tux } from './tux.js';

export interface ApplicationOptions {
  readonly config: LiveConfig;
  readonly runId: string;
  /** False when the worker runs alone. */
  readonly isSupervised: boolean;
  readonly leases: IdentifyLeases;
  /** It is of a build that has not served yet: it serves with all of its cogs or not at all. */
  readonly isNewBuild?: boolean;
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
  readonly #sequence: ShutdownSequence;
  /** Aborts when the shutdown begins: what the start still waits for falls away. */
  readonly #callOff = new AbortController();
  readonly #start: StartSequence;
  /** Monotonic. */
  #startedAt: number;
  #startedOn: Date;
  #starting: Promise<void> | undefined;
  #shutdown: Promise<ExitCode> | undefined;
  #resolveExit: (code: ExitCode) => void = () => {};
  /** Settles with the exit code once the shutdown is over. */
  readonly exit: Promise<ExitCode>;

  constructor(options: ApplicationOptions) {
    this.options = options;
    this.#startedAt = options.clock.monotonic();
    this.#startedOn = new Date(options.clock.now());
    this.#start = new StartSequence(this, this.#callOff.signal);
    this.#sequence = new ShutdownSequence(options.log, options.clock);
    this.exit = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
  }

  get isClosing(): boolean {
    return this.#shutdown !== undefined;
  }

  /** Since {@link start}, or since this was made. */
  get uptimeMs(): number {
    return Math.round(this.options.clock.monotonic() - this.#startedAt);
  }

  /** The moment from which {@link uptimeMs} counts. */
  get startedAt(): Date {
    return this.#startedOn;
  }

  /**
   * Does all that can be done ahead of {@link start} without anybody else noticing: for a standby. Whoever calls `start` meanwhile
   * cuts it short.
   *
   * @returns what went wrong, in words. Rejects when there will be no start either.
   */
  prepare(): Promise<string[]> {
    return this.#start.prepare();
  }

  /** Looks, before {@link prepare}, at all that could keep this build from serving; changes nothing outside of this process. */
  preflight(): Promise<PreflightReport> {
    return this.#start.preflight();
  }

  /**
   * Starts everything; a failure becomes a shutdown with the exit code of its cause. Never rejects. Concurrent and later
   * callers share the one start.
   */
  start(): Promise<void> {
    if (this.#starting === undefined) {
      const { clock } = this.options;
      this.#startedAt = clock.monotonic();
      this.#startedOn = new Date(clock.now());
      this.#starting = this.#tryStart();
    }
    return this.#starting;
  }

  async #tryStart(): Promise<void> {
    try {
      await this.#start.run();
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
  async answer(about: Question): Promise<string> {
    const { telemetry, tux, runner } = this.parts;
    if (!telemetry || !tux || !runner) return '';
    if (about === 'metrics') return telemetry.metrics.text();
    if (about === 'readiness') {
      const { workerReadiness } = await import('./worker-readiness.js');
      return JSON.stringify(await workerReadiness(tux));
    }
    const { factSources, workerDetails } = await import('./worker-facts.js');
    return JSON.stringify(await workerDetails(factSources(this, tux, runner)));
  }

  async #doShutdown(given: ShutdownReason, exitCode: ExitCode): Promise<ExitCode> {
    const { log, config } = this.options;
    const reason = scrub(given, config.secrets); // it may quote any error, and ends up in files
    if (this.parts.reporter) reportShutdown(this.parts.reporter, reason);
    this.#callOff.abort();
    log.info({ event: 'shutdown:begin', reason, exitCode }, `🔧 Shutting down: ${reason.message}`);
    await this.#sequence.run(shutdownPhases(this, this.#sequence, reason, exitCode));
    this.#resolveExit(exitCode);
    return exitCode;
  }
}
