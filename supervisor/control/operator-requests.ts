import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import type { RestartResult } from '../../shared/control/restart-result.js';
import type { Status } from '../../shared/control/status.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE, mayIdentify } from '../../shared/identify-ledger.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import { packageVersion } from '../../shared/package.js';
import type { ConfigReload } from '../config-reload.js';
import { supervisorMetrics } from '../metrics-text.js';
import { budgetError, heldError, stoppingError } from '../restart-errors.js';
import type { RunRecorder } from '../run-recorder.js';
import type { SandboxProcess } from '../sandbox-process.js';
import type { Supervisor } from '../supervisor.js';
import type { SupervisorState } from '../supervisor-state.js';
import type { Controllable } from './server.js';

export interface OperatorRequestsOptions {
  readonly supervisor: Pick<
    Supervisor,
    'worker' | 'pause' | 'readyCount' | 'isStopping' | 'stop' | 'hurry' | 'restart'
  >;
  readonly reload: Pick<ConfigReload, 'run'>;
  readonly state: Pick<SupervisorState, 'budget' | 'ledger'>;
  readonly recorder: Pick<RunRecorder, 'last' | 'restarts'>;
  readonly sandbox: Pick<SandboxProcess, 'apiUrl' | 'controlUrl'> | null;
  readonly config: Pick<Config, 'paths'>;
  readonly clock: Clock;
}

/** What operators ask of a running supervisor, and what they hear: every route of the control socket, and SIGHUP. */
export class OperatorRequests implements Controllable {
  readonly #options: OperatorRequestsOptions;
  readonly #startedAt: string;

  constructor(options: OperatorRequestsOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.clock.now()).toISOString();
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
    const { runId, pid } = await supervisor.restart(by, force);
    return { runId, pid, tookMs: Math.round(clock.monotonic() - startedAt) };
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
    const { supervisor } = this.#options;
    const worker = (await supervisor.worker?.ask('metrics')) ?? null;
    return `${supervisorMetrics(this.status(), supervisor.readyCount, worker !== null)}${worker ?? ''}`;
  }

  status(): Status {
    const { supervisor, state, config, sandbox, recorder } = this.#options;
    const { worker, pause } = supervisor;
    const { last } = recorder;
    return {
      state: this.#describeState(),
      ready: worker?.isReady ?? false,
      supervisor: { pid: process.pid, startedAt: this.#startedAt, version: packageVersion() },
      worker: worker?.inspect() ?? null,
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
      sandbox: sandbox && { apiUrl: sandbox.apiUrl, controlUrl: sandbox.controlUrl },
      stateDir: config.paths.stateDir,
    };
  }

  #describeState(): Status['state'] {
    const { isStopping, pause, worker } = this.#options.supervisor;
    if (isStopping) return 'STOPPING';
    if (pause) return pause.kind;
    return worker?.isReady ? 'RUNNING' : 'STARTING';
  }

  /** A restart that somebody asked for must not be the one after which nothing is left. */
  #assertMayRestart(force: boolean): void {
    const { supervisor, state, clock } = this.#options;
    const { pause } = supervisor;
    if (pause?.kind === 'HELD' && !force) throw heldError(pause.reason, pause.until);
    const reserve = force ? FORCED_RESERVE : AUTOMATIC_RESERVE;
    if (!mayIdentify(state.ledger, clock.now(), reserve)) throw budgetError(state.budget, force);
  }
}
