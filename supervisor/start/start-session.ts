import { hostname } from 'node:os';
import { systemClock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import { describeError, toError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { acquireLock, type InstanceLock } from '../../shared/instance-lock.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import { packageRoot, packageVersion } from '../../shared/package.js';
import { socketPath } from '../../shared/paths.js';
import { ownSignals } from '../../shared/signals.js';
import { uniqueId } from '../../shared/unique-id.js';
import { OperatorRequests } from '../control/operator-requests.js';
import { listenForControl } from '../control/server.js';
import { BuildChoice } from '../deploy/build-choice.js';
import { Deployer } from '../deploy/deployer.js';
import { Probation } from '../deploy/probation.js';
import { DiskRetry } from '../disk-retry.js';
import { SessionTally } from '../health/session-tally.js';
import { RunRecorder } from '../history/run-recorder.js';
import { SampleHistory } from '../history/sample-history.js';
import { WriteBehind } from '../history/write-behind.js';
import type { HttpOptions, RunningHttp } from '../http/start-http.js';
import { ScheduledRestarts } from '../limits/scheduled-restarts.js';
import type { LogSink } from '../logs/log-sink.js';
import { createChannels } from '../notify/channels.js';
import { IncidentReporter } from '../notify/incident-reporter.js';
import { Notifier } from '../notify/notifier.js';
import { keepStandby } from '../standby/keep-standby.js';
import { StandbyProcess } from '../standby/standby-process.js';
import { type SupervisionEvents, SupervisionObservers } from '../supervision-observer.js';
import { Supervisor } from '../supervisor.js';
import { SupervisorState } from '../supervisor-state.js';
import { ConfigReload } from './config-reload.js';
import { sayWhatIsNext, warnThatWeAreNoInit } from './hints.js';
import type { SandboxProcess } from './sandbox-process.js';
import { type StartOptions, startEnvironment } from './start-environment.js';

/** What a lost lock leaves the worker: another supervisor may be about to start one. */
const COMPROMISED_DEADLINE_MS = 5_000;

/** The worker's last lines about its start come through another pipe than its `ready`: let them go first. */
const SETTLE_MS = 200;

/** Nothing of it is loaded unless systemd listens. */
async function meetSystemd() {
  return process.env.NOTIFY_SOCKET ? (await import('../systemd/tell-systemd.js')).meetSystemd(process.env) : null;
}

/** Composition root of the supervisor: acquires one thing after the other and lets go of them in reverse. */
export class StartSession {
  readonly #releasers: (() => Promise<void> | void)[] = [];
  readonly #stopping = new AbortController();
  #supervisor: Supervisor | undefined;
  #requests: OperatorRequests | undefined;
  #events: SupervisionObservers | undefined;
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

  /** What the waits of the start reject with once it was stopped; undefined before. */
  get stopReason(): unknown {
    return this.#stopping.signal.reason;
  }

  /** Undefined until the lock is ours: that a second supervisor cannot start is no news. */
  get events(): SupervisionEvents | undefined {
    return this.#events;
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
    if (process.pid === 1) warnThatWeAreNoInit(log);
    const tellSystemd = await meetSystemd();
    const events = new SupervisionObservers(log);
    const reporter = this.#startReporter();
    events.add(reporter);
    this.#events = events;
    const samples = new SampleHistory(systemClock);
    events.add(samples);
    const sessions = new SessionTally();
    events.add({ onSession: (runId, session) => sessions.note(runId, session) });
    const retry = new DiskRetry({ log, clock: systemClock });
    this.#releasers.push(() => retry.close());
    const common = { paths: config.paths, lock, retry, log, clock: systemClock };
    const state = new SupervisorState(common);
    await state.load();
    const recorder = new RunRecorder({ ...common, state, sink, secrets: config.secrets, events });
    await recorder.load();
    reporter.resume(recorder.last);
    const sandbox = this.options.sandbox ? await this.#startSandbox(lock) : null;
    const readEnvironment = () => startEnvironment(this.options);
    const reload = new ConfigReload({ config, readEnvironment, sandbox, log, events });
    const builds = new BuildChoice({ ownRoot: packageRoot(), state, log });
    const parts = { config, reload, builds, sink, log, clock: systemClock, events };
    const standby = keepStandby(parts);
    events.add({ onReloaded: () => standby.noteSettings() });
    this.#releasers.push(() => standby.close());
    const probation = new Probation({ ...parts, standby, worker: () => supervisor.worker });
    this.#releasers.push(() => probation.close());
    const launch = (program: string, environment: Readonly<Record<string, string>>, preflight: boolean) =>
      StandbyProcess.start({ ...parts, runId: uniqueId(), program, cwd: process.cwd(), environment, preflight });
    const deployer = new Deployer({ ...parts, probation, standby, launch, supervisor: () => supervisor });
    this.#releasers.push(() => deployer.close());
    const supervisor: Supervisor = new Supervisor({
      ...parts,
      deployer,
      probation,
      state,
      recorder,
      behind: new WriteBehind(),
      standby,
      onFirstReady: () => setTimeout(() => this.#sayWhatIsNext(), SETTLE_MS).unref(),
    });
    this.#supervisor = supervisor;
    const requests = new OperatorRequests({
      supervisor,
      reload,
      builds,
      deployer,
      state,
      recorder,
      standby,
      sandbox,
      sessions,
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

  #sayWhatIsNext(): void {
    if (!process.stdout.isTTY || !this.#requests?.readiness().ready) return; // nobody there, or over already
    sayWhatIsNext(this.log, this.options);
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

  /** Loaded only where somebody wants it. A page that cannot start keeps no bot down. */
  async #startHttp(parts: Pick<HttpOptions, 'requests' | 'events' | 'samples' | 'sandbox'>): Promise<void> {
    const { config, sink, log } = this;
    const { TUX_HTTP_PORT: port } = config.env;
    if (port === undefined) return;
    try {
      const { startHttp } = await import('../http/start-http.js');
      const http = await startHttp({ ...parts, port, config, sink, log, clock: systemClock });
      this.#http = http;
      this.#releasers.push(() => http.close());
    } catch (error) {
      const text = `❌ No status page and no health checks, Tux runs without: ${describeError(error)}`;
      log.error({ event: 'http:failed', err: error }, text);
    }
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
    return reporter;
  }

  async #startSandbox(lock: InstanceLock): Promise<SandboxProcess> {
    const { openSandbox } = await import('./sandbox-session.js');
    const { config, log } = this;
    const onLost = () => this.#stop({ kind: 'supervisor', message: 'the sandbox ended' });
    const session = await openSandbox({ config, lock, log, signal: this.#stopping.signal, onLost });
    this.#releasers.push(() => session.stop());
    return session.sandbox;
  }
}
