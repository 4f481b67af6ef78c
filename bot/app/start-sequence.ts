import { formatCount } from '../../shared/cli/format.js';
import { describeError } from '../../shared/errors.js';
import { acquireLock, livenessOfOwner, readLockOwner } from '../../shared/instance-lock.js';
import { packageVersion } from '../../shared/package.js';
import { createErrorReporter, type ErrorReporter } from '../telemetry/error-reporter.js';
import { SetupTrace } from '../telemetry/setup-trace.js';
import type { Application } from './application.js';
import { HeartbeatSender } from './heartbeat.js';
import { importLateModules } from './late-modules.js';
import { standaloneLockedError } from './locked-error.js';
import type { PreflightReport } from './preflight/preflight.js';
import { rehearseLock, rehearseLogging } from './rehearsal.js';
import type { Tux } from './tux.js';
import { readVitals } from './vitals.js';

/** How often the log says that all is well. */
const HEALTH_LOG_EVERY_MS = 60_000;

/** The bot proper, with the trace of its start. */
type Bot = ReturnType<typeof import('./assembly.js').assemble> & { readonly setup: SetupTrace };

/**
 * The way up: heartbeats, the reporter of errors, `bot.lock`, the bot proper and its services, `ready`. Each thing is among
 * the application's parts as soon as there is something to take down. A shutdown that begins meanwhile ends it.
 *
 * A standby does ahead what needs no lock and changes nothing: {@link prepare}.
 */
export class StartSequence {
  readonly #application: Application;
  readonly #callOff: AbortSignal;
  /** Aborts when the start begins: what is still being prepared is done then. */
  readonly #begun = new AbortController();
  #preparing: Promise<string[]> | undefined;
  #reporter: Promise<ErrorReporter> | undefined;
  #bot: Promise<Bot> | undefined;

  /** @param callOff aborts when the shutdown begins. */
  constructor(application: Application, callOff: AbortSignal) {
    this.#application = application;
    this.#callOff = callOff;
  }

  /**
   * Imports everything, puts the bot together, and lets its services do what they can ahead.
   *
   * @returns what went wrong and will be tried again at the start, in words. Rejects when the bot cannot be put together.
   */
  prepare(): Promise<string[]> {
    this.#preparing ??= this.#prepare();
    return this.#preparing;
  }

  /** Looks at all that could keep this build from serving. Rejects when the bot cannot be put together, or with why it was cut short. */
  async preflight(): Promise<PreflightReport> {
    const { tux } = await this.#putTogether();
    const { preflight } = await import('./preflight/preflight.js');
    return await preflight({ tux, signal: AbortSignal.any([this.#begun.signal, this.#callOff]) });
  }

  /** Resolves when Tux serves. Rejects with what failed, or when it was called off. */
  async run(): Promise<void> {
    this.#assertOpen();
    this.#startHeart();
    this.#begun.abort();
    await this.#preparing?.catch(() => {}); // what fails there fails below as well
    if (this.#preparing) await this.#connectAhead();
    await this.#createReporter();
    this.#assertOpen();
    await this.#acquireLock();
    this.#assertOpen();
    const { telemetry, tux, runner, setup } = await this.#putTogether();
    this.#assertOpen();
    setup.begin();
    tux.gateway.resumeAhead();
    await runner.start();
    telemetry.noteStarted();
    this.#announceReady(tux);
    const run = async () => telemetry.logHealth();
    tux.tasks.registerPeriodic({ name: 'log-health', everyMs: HEALTH_LOG_EVERY_MS, run });
  }

  /** The database answers while the lock is taken. */
  async #connectAhead(): Promise<void> {
    const bot = await this.#bot?.catch(() => undefined);
    bot?.tux.database.database.connectAhead();
  }

  async #prepare(): Promise<string[]> {
    const { runner } = await this.#putTogether();
    rehearseLogging(this.#application.options.config.secrets);
    const signal = this.#begun.signal;
    const [imported, prepared] = await Promise.all([importLateModules(), runner.prepare(signal), rehearseLock(signal)]);
    return [...imported, ...prepared.map(({ service, error }) => `${service}: ${describeError(error)}`)];
  }

  /** Once, whether ahead or not. */
  #putTogether(): Promise<Bot> {
    this.#bot ??= this.#assemble();
    return this.#bot;
  }

  async #assemble(): Promise<Bot> {
    const reporter = await this.#createReporter();
    const { assemble } = await import('./assembly.js'); // nothing of the bot proper is needed before
    this.#assertOpen();
    const setup = new SetupTrace(this.#application.options.clock);
    return { ...assemble(this.#application, reporter, setup), setup };
  }

  /** A shutdown that began during an await of the start has passed by what comes next. */
  #assertOpen(): void {
    if (this.#application.isClosing) throw new Error('the start was called off');
  }

  #startHeart(): void {
    const application = this.#application;
    const { config } = application.options;
    const heartbeat = new HeartbeatSender(
      config.env.TUX_HEARTBEAT_INTERVAL_MS,
      () => readVitals(application.parts, application.uptimeMs),
      (beat) => application.options.send(beat),
    );
    application.parts.heartbeat = heartbeat;
    heartbeat.start();
    config.onChange('TUX_HEARTBEAT_INTERVAL_MS', (ms) => heartbeat.changeInterval(ms));
  }

  #createReporter(): Promise<ErrorReporter> {
    this.#reporter ??= this.#loadReporter();
    return this.#reporter;
  }

  async #loadReporter(): Promise<ErrorReporter> {
    const { parts, options } = this.#application;
    const { config, log } = options;
    parts.reporter = await createErrorReporter({
      dsn: config.env.SENTRY_DSN,
      tracesSampleRate: config.env.SENTRY_TRACES_SAMPLE_RATE,
      release: packageVersion(),
      secrets: config.secrets,
      log,
    });
    return parts.reporter;
  }

  async #acquireLock(): Promise<void> {
    const { config, log, isSupervised } = this.#application.options;
    if (!isSupervised) {
      // A supervisor between two workers holds no bot.lock, and would take us for a left-over of its own.
      const { supervisorLock } = config.paths;
      const owner = await readLockOwner(supervisorLock);
      if (owner !== null && (await livenessOfOwner(supervisorLock, owner)) === 'alive') {
        throw standaloneLockedError(owner);
      }
    }
    const lock = acquireLock({
      file: config.paths.botLock,
      signal: this.#callOff,
      onTakeover: (previous) => {
        const fields = { event: 'recovery:unclean', previous };
        log.warn(fields, '⚠️ The last run ended without letting go of its lock: recovering what it left');
      },
      onCompromised: (error) => this.#application.fatal(error, 'bot.lock'),
    });
    this.#application.parts.lock = lock;
    await lock;
  }

  #announceReady(tux: Tux): void {
    const { parts, options, uptimeMs } = this.#application;
    const { client } = tux.gateway;
    const guilds = client?.guilds.cache.size ?? 0;
    const user = client?.user.tag ?? 'Tux';
    parts.heartbeat?.beat();
    options.send({ type: 'ready', startupMs: uptimeMs, guilds, user });
    options.log.info(
      { event: 'worker:ready', startupMs: uptimeMs, guilds, commands: tux.services.commands.list().length },
      `✅ ${user} is online in ${formatCount(guilds, 'guild')} after ${(uptimeMs / 1000).toFixed(1)} s`,
    );
  }
}
