import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import type { RestartResult } from '../../shared/control/restart-result.js';
import type { Readiness, Status } from '../../shared/control/status.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE, mayIdentify } from '../../shared/identify-ledger.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import { isoTime } from '../../shared/iso-time.js';
import { packageVersion } from '../../shared/package.js';
import type { BuildChoice } from '../deploy/build-choice.js';
import { refusedError, swappedBackError } from '../deploy/deploy-errors.js';
import type { Deployer, DeployRequest } from '../deploy/deployer.js';
import { FreshReadiness } from '../health/fresh-readiness.js';
import { supervisorMetrics } from '../health/metrics-text.js';
import { type ReadinessFacts, readinessOf } from '../health/readiness.js';
import type { SessionTally } from '../health/session-tally.js';
import { supervisionProblems } from '../health/supervision-health.js';
import type { RunRecorder } from '../history/run-recorder.js';
import { budgetError, heldError, stoppingError } from '../restart/restart-errors.js';
import type { StandbyKeeper } from '../standby/standby-keeper.js';
import type { ConfigReload } from '../start/config-reload.js';
import type { SandboxProcess } from '../start/sandbox-process.js';
import type { Supervisor } from '../supervisor.js';
import type { SupervisorState } from '../supervisor-state.js';
import type { Controllable } from './routes.js';

export interface OperatorRequestsOptions {
  readonly supervisor: Pick<
    Supervisor,
    'worker' | 'pause' | 'readyCount' | 'isStopping' | 'stop' | 'hurry' | 'restart'
  >;
  readonly reload: Pick<ConfigReload, 'run'>;
  readonly builds: Pick<BuildChoice, 'active'>;
  readonly deployer: Pick<Deployer, 'deploy' | 'isNewOnDisk' | 'status'>;
  readonly state: Pick<SupervisorState, 'budget' | 'ledger'>;
  readonly recorder: Pick<RunRecorder, 'last' | 'restarts'>;
  readonly standby: Pick<StandbyKeeper, 'status' | 'starts'>;
  readonly sandbox: Pick<SandboxProcess, 'apiUrl' | 'controlUrl'> | null;
  /** ISO-8601 UTC; null without a schedule. */
  readonly nextScheduledRestart: () => string | null;
  readonly sessions: Pick<SessionTally, 'totals'>;
  /** Read at each use: its settings may change. */
  readonly config: Pick<Config, 'env' | 'paths'>;
  /** Where the page and the health checks are; null without a port. */
  readonly http: () => Status['http'];
  readonly clock: Clock;
}

/** What operators ask of a running supervisor, and what they hear: every route of the control socket, and SIGHUP. */
export class OperatorRequests implements Controllable {
  readonly #options: OperatorRequestsOptions;
  readonly #startedAt: string;
  readonly #fresh: FreshReadiness;

  constructor(options: OperatorRequestsOptions) {
    this.#options = options;
    const { supervisor, clock } = options;
    this.#startedAt = isoTime(clock.now());
    this.#fresh = new FreshReadiness({ worker: () => supervisor.worker, facts: () => this.#readinessFacts(), clock });
  }

  requestStop({ by, now }: { by: string; now: boolean }): void {
    const { supervisor } = this.#options;
    const reason: ShutdownReason = { kind: 'supervisor', message: `stop requested by ${by}`, by };
    if (supervisor.isStopping && now) supervisor.hurry();
    else supervisor.stop(reason, now ? 1 : undefined);
  }

  async requestRestart({ by, force }: { by: string; force: boolean }): Promise<RestartResult> {
    const { supervisor, clock } = this.#options;
    if (supervisor.isStopping) throw stoppingError();
    this.#assertMayRestart(force);
    const startedAt = clock.monotonic();
    const took = () => Math.round(clock.monotonic() - startedAt);
    const deployed = force ? null : await this.#deployNewBuild(by);
    if (deployed) return { ...deployed, tookMs: took() };
    const { runId, pid } = await supervisor.restart(by, force);
    return { runId, pid, tookMs: took(), deployed: null };
  }

  /**
   * Brings a build into service. A hold because of crashes is no reason against it: it may be what mends them.
   *
   * @throws what {@link requestRestart} and `Deployer.deploy` throw.
   */
  async requestDeploy(request: DeployRequest): Promise<DeployResult> {
    const { supervisor, deployer } = this.#options;
    if (supervisor.isStopping) throw stoppingError();
    this.#assertBudget(request.force);
    return await deployer.deploy(request);
  }

  /** A restart where the code on disk has changed. @returns null when it has not. */
  async #deployNewBuild(by: string): Promise<Omit<RestartResult, 'tookMs'> | null> {
    const { deployer } = this.#options;
    if (!deployer.isNewOnDisk()) return null;
    const result = await deployer.deploy({ root: null, by, force: false });
    const { outcome, runId, pid, build } = result;
    if (outcome === 'refused') throw refusedError(result);
    if (outcome === 'swapped-back') throw swappedBackError(result);
    return runId === null || pid === null ? null : { runId, pid, deployed: build.version };
  }

  /**
   * For TUX_RESTART_SCHEDULE. Only what serves is restarted: a start that is under way, a back-off or a hold has its own time.
   *
   * @throws TuxError TUX_NOT_READY where that is so; what {@link requestRestart} throws.
   */
  requestScheduledRestart(): Promise<RestartResult> {
    const { worker } = this.#options.supervisor;
    if (worker?.wasReady && !worker.isClosing) return this.requestRestart({ by: 'TUX_RESTART_SCHEDULE', force: false });
    throw new TuxError('TUX_NOT_READY', 'Tux is not up, there is nothing to restart', {
      exitCode: ExitCode.UNAVAILABLE,
      hint: 'see tux-supervisor status',
    });
  }

  requestReload(): Promise<ReloadResult> {
    const { supervisor, reload } = this.#options;
    return reload.run(() => supervisor.worker);
  }

  async workerDetails(): Promise<string> {
    const { supervisor } = this.#options;
    const answer = await supervisor.worker?.ask('details');
    if (answer) return answer;
    const [code, message] = supervisor.worker // which may have ended meanwhile
      ? ['TUX_BOT_SILENT', 'The bot does not answer']
      : ['TUX_BOT_DOWN', 'The bot does not run'];
    throw new TuxError(code, message, { exitCode: ExitCode.UNAVAILABLE, hint: 'see tux-supervisor status' });
  }

  async metrics(): Promise<string> {
    const { supervisor, standby, clock } = this.#options;
    const [worker = null, status] = await Promise.all([supervisor.worker?.ask('metrics'), this.freshStatus()]);
    const own = supervisorMetrics({
      status,
      readyCount: supervisor.readyCount,
      sessions: this.#options.sessions.totals,
      standbyStarts: standby.starts,
      isWorkerAnswering: worker !== null,
      isHealthy: this.supervisionProblems().length === 0,
      rssBytes: process.memoryUsage.rss(),
      now: clock.now(),
    });
    return `${own}${worker ?? ''}`;
  }

  status(): Status {
    const { supervisor, state, config, sandbox, recorder } = this.#options;
    const { worker, pause } = supervisor;
    const { last } = recorder;
    const readiness = this.readiness();
    return {
      state: this.#describeState(),
      ready: readiness.ready,
      readiness,
      supervisor: { pid: process.pid, startedAt: this.#startedAt, version: packageVersion() },
      worker: worker?.inspect() ?? null,
      build: this.#options.builds.active,
      deploy: this.#options.deployer.status,
      standby: this.#options.standby.status,
      restarts: recorder.restarts,
      hold: pause?.kind === 'HELD' ? { reason: pause.reason, until: pause.until } : null,
      backoff: pause?.kind === 'BACKOFF' ? { reason: pause.reason, until: pause.until } : null,
      identifyBudget: state.budget,
      lastExit: last && {
        class: last.class,
        code: last.code,
        signal: last.signal,
        reason: last.reason,
        at: last.endedAt,
      },
      nextScheduledRestart: this.#options.nextScheduledRestart(),
      http: this.#options.http(),
      sandbox: sandbox && { apiUrl: sandbox.apiUrl, controlUrl: sandbox.controlUrl },
      stateDir: config.paths.stateDir,
    };
  }

  /** Whether Tux serves, as far as is known from its last heartbeat. */
  readiness(): Readiness {
    return readinessOf(this.#readinessFacts());
  }

  /** Whether Tux serves, after a look at the gateway and the database; takes two seconds at most. */
  async freshReadiness(): Promise<Readiness> {
    return (await this.#fresh.look()).readiness;
  }

  async freshStatus(): Promise<Status> {
    const { readiness, answer } = await this.#fresh.look();
    const status = this.status();
    const worker = status.worker && { ...status.worker, ...answer };
    return { ...status, worker, ready: readiness.ready, readiness };
  }

  /** What is wrong with the supervision itself, in words; empty when nothing is. */
  supervisionProblems(): string[] {
    const { supervisor, config } = this.#options;
    const { TUX_HEARTBEAT_INTERVAL_MS, TUX_HEARTBEAT_MISSES, TUX_STOP_TIMEOUT_MS } = config.env;
    return supervisionProblems({
      worker: supervisor.worker?.supervisionFacts ?? null,
      hangLimitMs: TUX_HEARTBEAT_INTERVAL_MS * TUX_HEARTBEAT_MISSES,
      stopTimeoutMs: TUX_STOP_TIMEOUT_MS,
    });
  }

  #readinessFacts(): ReadinessFacts {
    const { isStopping, pause, worker } = this.#options.supervisor;
    return { isStopping, pause, worker: worker?.readinessFacts ?? null };
  }

  #describeState(): Status['state'] {
    const { isStopping, pause, worker } = this.#options.supervisor;
    if (isStopping) return 'STOPPING';
    if (pause) return pause.kind;
    if (worker?.isClosing) return 'RESTARTING';
    return worker?.wasReady ? 'RUNNING' : 'STARTING';
  }

  /** A restart that somebody asked for must not be the one after which nothing is left. */
  #assertMayRestart(force: boolean): void {
    const { pause } = this.#options.supervisor;
    if (pause?.kind === 'HELD' && !force) throw heldError(pause.reason, pause.until);
    this.#assertBudget(force);
  }

  #assertBudget(force: boolean): void {
    const { state, clock } = this.#options;
    const reserve = force ? FORCED_RESERVE : AUTOMATIC_RESERVE;
    if (!mayIdentify(state.ledger, clock.now(), reserve)) throw budgetError(state.budget, force);
  }
}
