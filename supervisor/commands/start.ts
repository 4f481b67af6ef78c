import { hostname } from 'node:os';
import { SANDBOX_IDS, SANDBOX_TOKEN } from '../../sandbox/ids.js';
import { makeFolder } from '../../shared/atomic-file.js';
import { wantsColor } from '../../shared/cli/color.js';
import { systemClock } from '../../shared/clock.js';
import { LiveConfig } from '../../shared/config/live-config.js';
import { loadConfig, type RawEnvironment, readEnvironment } from '../../shared/config/load.js';
import { describeError, exitCodeOf, toError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { acquireLock, type InstanceLock } from '../../shared/instance-lock.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import { createLogger, type Logger } from '../../shared/logging/logger.js';
import { terminalFormat } from '../../shared/logging/terminal-format.js';
import { compiledProgram, packageVersion } from '../../shared/package.js';
import { socketPath } from '../../shared/paths.js';
import { ownSignals } from '../../shared/signals.js';
import { ConfigReload } from '../config-reload.js';
import { OperatorRequests } from '../control/operator-requests.js';
import { listenForControl } from '../control/server.js';
import type { HttpOptions, RunningHttp } from '../http/start-http.js';
import { endLeftover } from '../leftover.js';
import { ScheduledRestarts } from '../limits/scheduled-restarts.js';
import { LogSink } from '../log-sink.js';
import { LogFolder } from '../logs/log-folder.js';
import { logLimits } from '../logs/log-retention.js';
import { createChannels } from '../notify/channels.js';
import { IncidentReporter } from '../notify/incident-reporter.js';
import { Notifier } from '../notify/notifier.js';
import { RunRecorder } from '../run-recorder.js';
import { SampleHistory } from '../sample-history.js';
import { type SandboxProcess, startSandbox } from '../sandbox-process.js';
import { SupervisionObservers } from '../supervision-observer.js';
import { Supervisor } from '../supervisor.js';
import { SupervisorState } from '../supervisor-state.js';

export interface StartOptions {
  readonly sandbox: boolean;
  readonly debug: boolean;
  readonly stateDir?: string | undefined;
}

/** What a lost lock leaves the worker: another supervisor may be about to start one. */
const COMPROMISED_DEADLINE_MS = 5_000;

/** The worker's last lines about its start come through another pipe than its `ready`: let them go first. */
const SETTLE_MS = 200;

/** `tux-supervisor start`: runs in the foreground until stopped. Returns the exit code. */
export async function start(options: StartOptions): Promise<ExitCode> {
  const config = new LiveConfig(loadConfig(startEnvironment(options)));
  makeFolder(config.paths.logDir);
  const folder = new LogFolder({
    paths: config.paths,
    limits: () => logLimits(config.env),
    clock: systemClock,
    onProblem: (err) => log.warn({ event: 'log:tidy-failed', err }, `⚠️ Old logs stay: ${describeError(err)}`),
  });
  const sink = new LogSink({
    folder,
    secrets: config.secrets,
    output: process.stdout,
    pretty: await outputFormat(),
  });
  const log = createLogger({
    level: config.env.LOG_LEVEL,
    name: 'supervisor',
    destination: sink,
    secrets: config.secrets,
  });
  config.onChange('LOG_LEVEL', (level) => {
    log.level = level;
  });
  const session = new StartSession(config, options, sink, log);
  try {
    const code = await session.run();
    return session.hasLostLock ? ExitCode.LOCKED : code;
  } catch (error) {
    if (session.hasLostLock) return ExitCode.LOCKED; // said when it was noticed
    if (session.wasStopped) return ExitCode.OK;
    log.fatal({ event: 'supervisor:failed', ...errorFields(error) }, `❌ ${describeError(error)}`);
    session.reporter?.onGaveUp(exitCodeOf(error), describeError(error));
    return exitCodeOf(error);
  } finally {
    await session.close();
  }
}

/** Lines for people on a terminal and in the journal; null, which is JSON, for everything else. */
async function outputFormat(): Promise<((line: string) => string) | null> {
  if (process.stdout.isTTY) return terminalFormat(wantsColor(true, process.env));
  const { JOURNAL_STREAM } = process.env;
  if (JOURNAL_STREAM === undefined) return null;
  const { isJournal, journalFormat } = await import('../systemd/journal-format.js');
  return isJournal(process.stdout.fd, JOURNAL_STREAM) ? journalFormat : null;
}

/** Nothing of it is loaded unless systemd listens. */
async function meetSystemd() {
  return process.env.NOTIFY_SOCKET ? (await import('../systemd/tell-systemd.js')).meetSystemd(process.env) : null;
}

/** With the sandbox the real token stays out of it, nothing leaves this machine, and its owner may do everything. */
function startEnvironment(options: StartOptions): RawEnvironment {
  const raw: Record<string, string | undefined> = { ...readEnvironment() };
  if (options.stateDir) raw.TUX_STATE_DIR = options.stateDir;
  if (options.debug) raw.LOG_LEVEL = 'debug';
  if (!options.sandbox) return raw;
  const withheld = {
    BOT_TOKEN: undefined,
    SENTRY_DSN: undefined,
    TUX_NOTIFY_WEBHOOK: undefined,
    TUX_NOTIFY_COMMAND: undefined,
  };
  return { ...raw, ...withheld, DISCORD_TOKEN: SANDBOX_TOKEN, TUX_OWNER_IDS: SANDBOX_IDS.users.owner };
}

/** Composition root of the supervisor: acquires one thing after the other and lets go of them in reverse. */
class StartSession {
  readonly #releasers: (() => Promise<void> | void)[] = [];
  readonly #stopping = new AbortController();
  #supervisor: Supervisor | undefined;
  #requests: OperatorRequests | undefined;
  #reporter: IncidentReporter | undefined;
  #http: RunningHttp | undefined;
  #hasLostLock = false;

  constructor(
    readonly config: LiveConfig,
    readonly options: StartOptions,
    readonly sink: LogSink,
    readonly log: Logger,
  ) {}

  get wasStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Undefined until the lock is ours: that a second supervisor cannot start is no news. */
  get reporter(): IncidentReporter | undefined {
    return this.#reporter;
  }

  get hasLostLock(): boolean {
    return this.#hasLostLock;
  }

  async run(): Promise<ExitCode> {
    const { config, log, sink } = this;
    this.#releasers.push(() => sink.close());
    this.#ownSignals();
    const lock = await this.#acquireLock();
    this.#releasers.push(() => lock.release());
    sink.folder.takeCharge();
    log.info(
      { event: 'supervisor:started', pid: process.pid, stateDir: config.paths.stateDir, logDir: config.paths.logDir },
      `🔧 tux-supervisor ${packageVersion()}, pid ${process.pid}, state in ${config.paths.stateDir}, logs in ${config.paths.logDir}`,
    );
    if (process.pid === 1) this.#warnThatWeAreNoInit();
    const tellSystemd = await meetSystemd();
    const events = new SupervisionObservers(log);
    const reporter = this.#startReporter();
    events.add(reporter);
    const samples = new SampleHistory(systemClock);
    events.add(samples);
    const common = { paths: config.paths, lock, log, clock: systemClock };
    const state = new SupervisorState(common);
    await state.load();
    const recorder = new RunRecorder({ ...common, sink, secrets: config.secrets, events });
    await recorder.load();
    reporter.resume(recorder.last);
    const sandbox = this.options.sandbox ? await this.#startSandbox(lock) : null;
    const readEnvironment = () => startEnvironment(this.options);
    const reload = new ConfigReload({ config, readEnvironment, sandbox, log, events });
    const supervisor = new Supervisor({
      config,
      reload,
      program: compiledProgram('bot'),
      state,
      recorder,
      sink,
      log,
      clock: systemClock,
      events,
      onFirstReady: () => setTimeout(() => this.#sayWhatIsNext(), SETTLE_MS).unref(),
    });
    this.#supervisor = supervisor;
    const requests = new OperatorRequests({
      supervisor,
      reload,
      state,
      recorder,
      sandbox,
      nextScheduledRestart: () => schedule.next,
      http: () => this.#http?.state ?? null,
      config,
      clock: systemClock,
    });
    this.#requests = requests;
    const restart = async () => requests.requestScheduledRestart();
    const schedule = new ScheduledRestarts({ config, restart, log, clock: systemClock });
    this.#releasers.push(() => schedule.close());
    if (tellSystemd)
      this.#releasers.push(tellSystemd({ events, requests, secrets: config.secrets, log, clock: systemClock }));
    const control = await listenForControl(socketPath(config.paths.stateDir, 'control.sock'), requests);
    this.#releasers.push(() => control.close());
    await this.#startHttp({ requests, events, samples, sandbox });
    if (this.wasStopped) return ExitCode.OK;
    return await supervisor.run();
  }

  /** Lets go of everything, last first; one that fails does not keep the others. */
  async close(): Promise<void> {
    for (const release of this.#releasers.reverse()) {
      try {
        await release();
      } catch (error) {
        this.log.error({ event: 'supervisor:release-failed', err: error }, `❌ ${describeError(error)}`);
      }
    }
  }

  #ownSignals(): void {
    // For good: a signal in the last moment before the exit must not make it another one.
    ownSignals(
      {
        onStop: (signal) => this.#stop({ kind: 'signal', message: signal, signal }),
        onHurry: () => this.#supervisor?.hurry(),
        onKill: () => this.#supervisor?.kill(),
        onReload: () => void this.#requests?.requestReload().catch(() => {}), // logged where it happens
      },
      systemClock,
    );
  }

  #stop(reason: ShutdownReason, deadlineMs?: number): void {
    this.#stopping.abort(toError(reason.message));
    this.#supervisor?.stop(reason, deadlineMs);
  }

  /** Node reaps its own children only, and to process 1 all orphans of a container fall. */
  #warnThatWeAreNoInit(): void {
    this.log.warn(
      { event: 'supervisor:no-init' },
      '⚠️ tux-supervisor is process 1 here, and no init: processes that end without a parent stay as zombies. Put one in front of it: docker run --init, or the entrypoint of the image',
    );
  }

  #sayWhatIsNext(): void {
    if (!process.stdout.isTTY || !this.#requests?.readiness().ready) return; // nobody there, or over already
    const next = this.options.sandbox
      ? [
          "npx tux sandbox say '$ping'",
          "npx tux sandbox say '$help'",
          'npx tux sandbox slash queue panel',
          'npx tux sandbox tail -f',
        ]
      : ['tux-supervisor status', 'tux-supervisor logs -f', 'tux-supervisor stop'];
    const lines = next.map((command) => `     ${command}`);
    this.log.info(
      { event: 'supervisor:next' },
      `Try, in another terminal (Ctrl-C here stops everything):\n${lines.join('\n')}`,
    );
  }

  #acquireLock(): Promise<InstanceLock> {
    const { config, log } = this;
    return acquireLock({
      file: config.paths.supervisorLock,
      signal: this.#stopping.signal,
      onTakeover: (previous) =>
        log.warn({ event: 'lock:takeover', previous }, '⚠️ Took over the lock of a supervisor that is gone'),
      onCompromised: (error) => {
        this.#hasLostLock = true;
        log.fatal({ event: 'lock:compromised', err: error }, '❌ The lock was lost: stopping Tux');
        this.#stop({ kind: 'supervisor', message: 'lock lost' }, COMPROMISED_DEADLINE_MS);
      },
    });
  }

  /** Loaded only where somebody wants it. */
  async #startHttp(parts: Pick<HttpOptions, 'requests' | 'events' | 'samples' | 'sandbox'>): Promise<void> {
    const { config, sink, log } = this;
    const { TUX_HTTP_PORT: port } = config.env;
    if (port === undefined) return;
    const { startHttp } = await import('../http/start-http.js');
    const http = await startHttp({ ...parts, port, config, sink, log, clock: systemClock });
    this.#http = http;
    this.#releasers.push(() => http.close());
  }

  #startReporter(): IncidentReporter {
    const { config, log } = this;
    const channels = createChannels(config, (line) => log.debug({ event: 'notify:command-output' }, line));
    const { secrets } = config;
    const reporter = new IncidentReporter({
      notifier: new Notifier(channels),
      host: hostname(),
      secrets,
      log,
      clock: systemClock,
    });
    this.#releasers.push(() => reporter.close());
    this.#reporter = reporter;
    return reporter;
  }

  async #startSandbox(lock: InstanceLock): Promise<SandboxProcess> {
    const { config, log } = this;
    // The sandbox of a supervisor that was killed still holds its messages, and waits for its bot to log out.
    await endLeftover(config.paths.botLock, log, systemClock, () => lock.assertHeld());
    await endLeftover(config.paths.sandboxLock, log, systemClock, () => lock.assertHeld());
    const sandbox = await startSandbox(
      { program: compiledProgram('sandbox'), dataFile: config.paths.sandboxState, lockFile: config.paths.sandboxLock },
      this.#stopping.signal,
    );
    let isWanted = true;
    this.#releasers.push(() => {
      isWanted = false;
      return sandbox.stop();
    });
    const { apiUrl, controlUrl, pid } = sandbox;
    log.info({ event: 'sandbox:started', apiUrl, controlUrl, pid }, `✅ Sandbox: a local Discord at ${sandbox.apiUrl}`);
    void sandbox.exited.then(() => {
      if (!isWanted) return;
      log.error({ event: 'sandbox:ended' }, '❌ The sandbox ended by itself; Tux has no Discord any more');
      this.#stop({ kind: 'supervisor', message: 'the sandbox ended' });
    });
    return sandbox;
  }
}
