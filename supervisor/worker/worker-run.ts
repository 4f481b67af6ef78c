import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { Status } from '../../shared/control/status.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { type ExitMarker, exitMarkerOf, readExitMarker } from '../../shared/exit-marker.js';
import type { Question, ShutdownReason, WorkerMessage } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { ReadinessFacts } from '../health/readiness.js';
import type { SupervisionFacts } from '../health/supervision-health.js';
import type { LogSink } from '../logs/log-sink.js';
import type { StopIntent } from '../restart/exit-policy.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import type { SupervisorState } from '../supervisor-state.js';
import { LeaseDesk } from './lease-desk.js';
import { RunGuard } from './run-guard.js';
import type { RunEnd, RunOutcome } from './run-outcome.js';
import { StopEscalation } from './stop-escalation.js';
import type { Reaped, WorkerHandlers, WorkerProcess } from './worker-process.js';
import { WorkerRequests } from './worker-requests.js';
import { WorkerView } from './worker-view.js';

/** A worker whose loop turns answers at once; for a question its look at the database is included. */
const QUESTION_LIMIT_MS = 2_000;
const RELOAD_LIMIT_MS = 5_000;

/** Messages after which `status` shows something else; what follows a heartbeat or `ready` is told as such. */
const CHANGES_STATUS: ReadonlySet<WorkerMessage['type']> = new Set(['hello', 'state', 'service', 'closing']);

export interface WorkerRunOptions {
  readonly runId: string;
  /** Spawns the process, or takes a standby; its messages and lines go to the handlers. @throws TuxError TUX_SPAWN. */
  readonly open: (handlers: WorkerHandlers) => WorkerProcess;
  /** Read at each use: its settings may change while the worker runs. */
  readonly config: Pick<Config, 'env' | 'paths' | 'secrets'>;
  readonly log: Logger;
  readonly sink: LogSink;
  readonly state: SupervisorState;
  /** Share of the IDENTIFY budget that this run has to leave. */
  readonly reserve: number;
  /** What the control group allows; null without a limit. */
  readonly cgroupMemoryBytes: number | null;
  readonly clock: Clock;
  readonly onReady: (readyMs: number) => void;
  /** It has begun to shut down. @param isOwnRestart to be started again, and by itself: it was not told to. */
  readonly onClosing: (isOwnRestart: boolean) => void;
  /** Default: what the settings say. */
  readonly helloTimeoutMs?: number | undefined;
  readonly events: Pick<SupervisionEvents, 'onHeartbeat' | 'onSession' | 'onChange'>;
}

/**
 * One run of the worker under supervision: what it says, what it is asked, how it is stopped, and how it ended; what speaks against
 * it is for `run-guard`. `ended` settles when the worker is reaped: the next may begin. `finished` settles when its last lines
 * are in as well.
 */
export class WorkerRun {
  readonly runId: string;
  readonly ended: Promise<RunEnd>;
  readonly finished: Promise<RunOutcome>;
  readonly #options: WorkerRunOptions;
  readonly #startedAt: Date;
  readonly #worker: WorkerProcess;
  readonly #escalation: StopEscalation;
  readonly #guard: RunGuard;
  readonly #leases: LeaseDesk;
  readonly #view: WorkerView;
  readonly #reloads: WorkerRequests<boolean>;
  readonly #questions: WorkerRequests<string>;
  #intent: StopIntent | null = null;
  /** What the worker's `closing` message announced. */
  #closing: ExitMarker | null = null;
  #readyMs: number | null = null;

  constructor(options: WorkerRunOptions) {
    const { clock, config, log, runId, state, reserve } = options;
    this.runId = runId;
    this.#options = options;
    this.#startedAt = new Date(clock.now());
    this.#reloads = new WorkerRequests(RELOAD_LIMIT_MS, clock);
    this.#questions = new WorkerRequests(QUESTION_LIMIT_MS, clock);
    this.#worker = options.open({
      onMessage: (message) => this.#handle(message),
      onBadMessage: (problem) => log.warn({ event: 'ipc:bad-message', runId, problem }, '⚠️ Dropped a bad message'),
      onLine: (stream, line) => this.#handleLine(stream, line),
    });
    this.#leases = new LeaseDesk({ worker: this.#worker, state, reserve, log });
    this.#view = new WorkerView(runId, this.#worker, clock);
    this.#escalation = new StopEscalation(this.#worker, log, clock);
    this.#guard = new RunGuard({
      runId,
      pid: this.pid,
      config,
      view: this.#view,
      cgroupMemoryBytes: options.cgroupMemoryBytes,
      helloTimeoutMs: options.helloTimeoutMs,
      log,
      clock,
      isClosing: () => this.isClosing,
      end: (intent, reason, deadlineMs) => this.stop(intent, reason, deadlineMs),
      blame: (intent) => {
        this.#intent = intent;
      },
    });
    this.ended = this.#end();
    this.finished = this.#finish();
  }

  get pid(): number {
    return this.#worker.pid;
  }

  /** It said `ready`. */
  get wasReady(): boolean {
    return this.#readyMs !== null;
  }

  /** It has said something. */
  get saidHello(): boolean {
    return this.#view.saidHello;
  }

  get isClosing(): boolean {
    return this.#closing !== null || this.#escalation.hasBegun;
  }

  /** For `status`. */
  inspect(): NonNullable<Status['worker']> {
    return this.#view.inspect(this.#guard.limits.rssBytes);
  }

  /** From what its last heartbeat said. */
  get readinessFacts(): NonNullable<ReadinessFacts['worker']> {
    const { silentMs, gateway, databaseProblem } = this.#view;
    const silenceLimitMs = 2 * this.#options.config.env.TUX_HEARTBEAT_INTERVAL_MS;
    const { wasReady, isClosing } = this;
    return { wasReady, isClosing, silentMs, silenceLimitMs, gateway, databaseProblem };
  }

  get supervisionFacts(): NonNullable<SupervisionFacts['worker']> {
    return { silentMs: this.#view.silentMs, stoppingMs: this.#escalation.sinceMs };
  }

  /** Ends the run: gracefully, then harder. The first intent is what counts afterwards. */
  stop(intent: StopIntent, reason: ShutdownReason, deadlineMs: number): void {
    this.#intent ??= intent;
    const action = intent.kind === 'stop' ? 'stop' : 'restart';
    void this.#escalation.begin({ action, reason, deadlineMs });
  }

  /** Second signal. */
  hurry(): void {
    this.#escalation.hurry();
  }

  /** Third signal. */
  kill(): void {
    this.#escalation.kill();
  }

  /** Hands new settings to the worker. @returns whether it has taken them over; false also when it does not say in time. */
  async reload(environment: Readonly<Record<string, string>>): Promise<boolean> {
    const isDone = (await this.#reloads.ask(this.#worker, (id) => ({ type: 'reload', id, environment }))) ?? false;
    this.#guard.forgive(); // whatever pace it had
    return isDone;
  }

  /** Asks the worker about itself. @returns null when it does not answer in time. */
  ask(about: Question): Promise<string | null> {
    return this.#questions.ask(this.#worker, (id) => ({ type: 'question', id, about }));
  }

  #handle(message: WorkerMessage): void {
    this.#view.note(message);
    this.#act(message);
    if (message.type === 'heartbeat') this.#options.events.onHeartbeat(this.runId, message);
    else if (CHANGES_STATUS.has(message.type)) this.#options.events.onChange();
  }

  #act(message: WorkerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#guard.noteHello(message.protocol);
        return;
      case 'heartbeat':
        this.#guard.noteHeartbeat(message);
        return;
      case 'ready':
        this.#readyMs = this.#worker.uptimeMs;
        this.#options.onReady(this.#readyMs);
        return;
      case 'reloaded':
        this.#reloads.settle(message.id, message.ok);
        return;
      case 'answer':
        this.#questions.settle(message.id, message.text);
        return;
      case 'continuity':
        if (this.#view.session) this.#options.events.onSession(this.runId, this.#view.session);
        return;
      case 'closing':
        this.#closing = exitMarkerOf(this.runId, message.reason, message.exitCode);
        void this.#escalation.watch(this.#options.config.env.TUX_STOP_TIMEOUT_MS);
        this.#options.onClosing(this.#intent === null && message.exitCode === ExitCode.RESTART);
        return;
      case 'identify-lease':
        void this.#leases.answer(message);
        return;
      default: // `state` and `service` only change the view
    }
  }

  #handleLine(stream: 'stdout' | 'stderr', line: string): void {
    if (stream === 'stderr') this.#guard.noteErrorLine(line);
    this.#options.sink.writeFromWorker(stream, line, this.runId);
  }

  async #end(): Promise<RunEnd> {
    const status = await this.#worker.reaped;
    this.#guard.stop();
    const reportPath = await this.#guard.reportPath();
    const marker = await this.#findMarker(status);
    return {
      runId: this.runId,
      pid: this.pid,
      startedAt: this.#startedAt,
      status,
      readyMs: this.#readyMs,
      by: marker?.by ?? null,
      reportPath,
      session: this.#view.session,
      version: this.#view.version,
      hadDatabase: this.#view.hadService('database'),
      exit: {
        code: status.code,
        signal: status.signal,
        marker,
        intent: this.#intent,
        wasReady: this.#readyMs !== null,
      },
    };
  }

  /** What it announced. Where it ended as it had said, its message is enough: the next worker does not wait for a file. */
  async #findMarker({ code }: Reaped): Promise<ExitMarker | null> {
    if (this.#closing !== null && code === this.#closing.code) return this.#closing;
    // A full disk takes no marker; the message that came before it says the same.
    return (await readExitMarker(this.#options.config.paths.exitMarker, this.runId)) ?? this.#closing;
  }

  async #finish(): Promise<RunOutcome> {
    const [end, status] = await Promise.all([this.ended, this.#worker.exited]);
    return { ...end, status };
  }
}
