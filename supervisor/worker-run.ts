import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../shared/clock.js';
import type { Config } from '../shared/config/load.js';
import type { Status } from '../shared/control/status.js';
import { describeError } from '../shared/errors.js';
import { type ExitMarker, exitMarkerFile, exitMarkerOf } from '../shared/exit-marker.js';
import {
  type Heartbeat,
  IPC_PROTOCOL_VERSION,
  type ShutdownReason,
  type WorkerMessage,
} from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import type { Paths } from '../shared/paths.js';
import type { StopIntent, WorkerExit } from './exit-policy.js';
import { type HangReport, writeHangReport } from './hang-report.js';
import { parseInspectorAddress } from './hang-stack.js';
import { HeartbeatWatchdog } from './heartbeat-watchdog.js';
import type { LogSink } from './log-sink.js';
import { ReloadRequests } from './reload-requests.js';
import { StopEscalation } from './stop-escalation.js';
import type { SupervisorState } from './supervisor-state.js';
import { type ExitStatus, WorkerProcess } from './worker-process.js';
import { type Question, WorkerQuestions } from './worker-questions.js';
import { WorkerView } from './worker-view.js';

/** Heartbeats kept for the report of a hang. */
const KEPT_HEARTBEATS = 12;

export interface WorkerRunOptions {
  readonly runId: string;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Read at each use: its settings may change while the worker runs. */
  readonly config: Pick<Config, 'env'>;
  readonly paths: Paths;
  readonly log: Logger;
  readonly sink: LogSink;
  readonly state: SupervisorState;
  /** Share of the IDENTIFY budget that this run has to leave. */
  readonly reserve: number;
  readonly clock: Clock;
  readonly onReady: (readyMs: number) => void;
}

export interface RunOutcome {
  readonly runId: string;
  readonly pid: number;
  readonly startedAt: Date;
  readonly status: ExitStatus;
  readonly exit: WorkerExit;
  readonly readyMs: number | null;
  readonly by: string | null;
  readonly reportPath: string | null;
}

/**
 * One run of the worker under supervision: start timeouts, leases, heartbeats, hangs, a gateway that stays down, and the
 * stop. `finished` settles when the worker is reaped and everything about its end is known.
 */
export class WorkerRun {
  readonly runId: string;
  readonly finished: Promise<RunOutcome>;
  readonly #options: WorkerRunOptions;
  readonly #startedAt: Date;
  readonly #worker: WorkerProcess;
  readonly #escalation: StopEscalation;
  readonly #watchdog: HeartbeatWatchdog;
  readonly #view: WorkerView;
  readonly #over = new AbortController();
  readonly #heartbeats: Heartbeat[] = [];
  readonly #reloads = new ReloadRequests();
  readonly #questions: WorkerQuestions;
  /** Where the worker's inspector listens, once it said so; Node says it only once however often it is asked. */
  #inspectorAddress: string | undefined;
  #inspectorSeen: ((address: string) => void) | undefined;
  #intent: StopIntent | null = null;
  /** What the worker's `closing` message announced. */
  #closing: ExitMarker | null = null;
  #readyMs: number | null = null;
  #hangReport: Promise<HangReport> | undefined;

  constructor(options: WorkerRunOptions) {
    const { clock, config, log, runId } = options;
    this.runId = runId;
    this.#options = options;
    this.#startedAt = new Date(clock.now());
    this.#questions = new WorkerQuestions(clock);
    this.#watchdog = new HeartbeatWatchdog({
      get intervalMs() {
        return config.env.TUX_HEARTBEAT_INTERVAL_MS;
      },
      get misses() {
        return config.env.TUX_HEARTBEAT_MISSES;
      },
      clock,
      onHang: (silentMs) => void this.#handleHang(silentMs),
    });
    this.#worker = WorkerProcess.spawn({
      runId,
      program: options.program,
      cwd: options.cwd,
      environment: options.environment,
      clock,
      handlers: {
        onMessage: (message) => this.#handle(message),
        onBadMessage: (problem) => log.warn({ event: 'ipc:bad-message', runId, problem }, '⚠️ Dropped a bad message'),
        onLine: (stream, line) => this.#handleLine(stream, line),
      },
    });
    this.#view = new WorkerView(runId, this.#worker);
    this.#escalation = new StopEscalation(this.#worker, log, clock);
    this.#limit('hello', config.env.TUX_HELLO_TIMEOUT_MS, () => this.#view.saidHello);
    this.#limit('ready', config.env.TUX_START_TIMEOUT_MS, () => this.#readyMs !== null);
    this.finished = this.#finish();
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get isReady(): boolean {
    return this.#readyMs !== null && !this.isClosing && this.#view.gateway?.status !== 'disconnected';
  }

  get isClosing(): boolean {
    return this.#closing !== null || this.#escalation.hasBegun;
  }

  /** For `status`. */
  inspect(): NonNullable<Status['worker']> {
    return this.#view.inspect();
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
    const isDone = await this.#reloads.ask(this.#worker, environment);
    this.#watchdog.heard(); // whatever pace it had: the count begins anew
    return isDone;
  }

  /** Asks the worker about itself. @returns null when it does not answer in time. */
  ask(about: Question): Promise<string | null> {
    return this.#questions.ask(this.#worker, about);
  }

  #handle(message: WorkerMessage): void {
    this.#view.note(message);
    switch (message.type) {
      case 'hello':
        this.#watchdog.start();
        if (message.protocol !== IPC_PROTOCOL_VERSION) {
          this.#fail('start-timeout', 'the worker speaks another protocol: restart tux-supervisor after an upgrade');
        }
        return;
      case 'heartbeat':
        this.#noteHeartbeat(message);
        return;
      case 'ready':
        this.#readyMs = this.#worker.uptimeMs;
        this.#options.onReady(this.#readyMs);
        return;
      case 'reloaded':
        this.#reloads.settle(message);
        return;
      case 'answer':
        this.#questions.settle(message);
        return;
      case 'closing':
        this.#closing = exitMarkerOf(this.runId, message.reason, message.exitCode);
        void this.#escalation.watch(this.#options.config.env.TUX_STOP_TIMEOUT_MS);
        return;
      case 'identify-lease':
        void this.#answerLease(message.id, message.limit);
        return;
      default: // `state` and `service` only change the view
    }
  }

  async #answerLease(id: string, limit: Parameters<SupervisorState['leaseIdentify']>[0]): Promise<void> {
    const { state, reserve, log } = this.#options;
    try {
      const answer = await state.leaseIdentify(limit, reserve);
      const { remaining, total } = answer.budget;
      if (!answer.granted) {
        this.#denyLease(id, answer.retryAfterMs, `${remaining} of ${total} IDENTIFYs left, which is the reserve`);
        return;
      }
      const fields = { event: 'identify:granted', runId: this.runId, remaining, total };
      log.info(fields, `IDENTIFY granted, ${remaining} of ${total} left`);
      this.#worker.send({ type: 'identify-granted', id, budget: answer.budget });
    } catch (error) {
      // Uncounted over restarts of the supervisor, it could be the one too many.
      this.#denyLease(id, 0, `an IDENTIFY must be written down first: ${describeError(error)}`);
    }
  }

  #denyLease(id: string, retryAfterMs: number, reason: string): void {
    this.#options.log.error({ event: 'identify:denied', runId: this.runId }, `❌ IDENTIFY denied: ${reason}`);
    this.#worker.send({ type: 'identify-denied', id, retryAfterMs, reason });
  }

  #noteHeartbeat(heartbeat: Heartbeat): void {
    this.#watchdog.heard();
    this.#heartbeats.push(heartbeat);
    if (this.#heartbeats.length > KEPT_HEARTBEATS) this.#heartbeats.shift();
    const { downForMs } = heartbeat.gateway;
    const isDownTooLong = downForMs > this.#options.config.env.TUX_GATEWAY_DOWN_LIMIT_MS;
    if (this.#readyMs === null || !isDownTooLong || this.isClosing) return;
    const message = `the gateway has been down for ${Math.round(downForMs / 1000)} s`;
    this.#options.log.error({ event: 'gateway:down', runId: this.runId, downForMs }, `❌ Restarting Tux: ${message}`);
    this.stop(
      { kind: 'gateway-down', reason: message },
      { kind: 'gateway', message, by: 'tux-supervisor' },
      this.#options.config.env.TUX_STOP_TIMEOUT_MS,
    );
  }

  #handleLine(stream: 'stdout' | 'stderr', line: string): void {
    const address = stream === 'stderr' ? parseInspectorAddress(line) : undefined;
    if (address !== undefined) {
      this.#inspectorAddress = address;
      this.#inspectorSeen?.(address);
    }
    this.#options.sink.writeFromWorker(stream, line, this.runId);
  }

  /** Kills the run as a failed start when `isDone` is not true in time. */
  #limit(what: 'hello' | 'ready', limitMs: number, isDone: () => boolean): void {
    this.#options.clock.sleep(limitMs, this.#over.signal).then(
      async () => {
        await nextTurn(); // if we were paused, the time is up before what the worker sent meanwhile has been read
        if (isDone() || this.isClosing) return;
        this.#fail(
          'start-timeout',
          `no '${what}' from the worker within ${limitMs} ms${this.#view.describeProgress()}`,
        );
      },
      () => {}, // the run is over
    );
  }

  #fail(kind: 'start-timeout', message: string): void {
    this.#options.log.error({ event: 'worker:start:timeout', runId: this.runId }, `❌ Start failed: ${message}`);
    this.stop(
      { kind, reason: message },
      { kind: 'start-failed', message, by: 'tux-supervisor' },
      this.#view.saidHello ? 5_000 : 1,
    );
  }

  async #handleHang(silentMs: number): Promise<void> {
    if (this.#escalation.hasBegun && this.#intent?.kind !== 'hang') return; // its deadline takes care of it
    const seconds = Math.round(silentMs / 1000);
    this.#intent ??= { kind: 'hang', reason: `no heartbeat for ${seconds} s` };
    const { log, paths } = this.#options;
    log.error(
      { event: 'worker:hang', runId: this.runId, pid: this.pid, silentMs },
      `❌ Tux hangs: no heartbeat for ${seconds} s`,
    );
    this.#hangReport = writeHangReport(paths.reportsDir, {
      pid: this.pid,
      runId: this.runId,
      silentMs,
      heartbeats: this.#heartbeats,
      inspectorAddress: (signal) => this.#findInspector(signal),
    });
    try {
      const report = await this.#hangReport;
      this.#intent = { kind: 'hang', reason: `no heartbeat for ${seconds} s, ${report.summary}` };
      log.error(
        { event: 'worker:hang:report', runId: this.runId, path: report.path },
        `❌ It hung ${report.summary}; report in ${report.path}`,
      );
    } catch (error) {
      log.error({ event: 'worker:hang:report-failed', err: error }, '❌ The hang report could not be written');
    }
    void this.#escalation.begin({
      action: 'restart',
      reason: { kind: 'supervisor', message: 'hang', by: 'tux-supervisor' },
      deadlineMs: 1, // a blocked loop reads no IPC
    });
  }

  async #findInspector(signal: AbortSignal): Promise<string> {
    if (this.#inspectorAddress !== undefined) return this.#inspectorAddress;
    return new Promise((resolve, reject) => {
      this.#inspectorSeen = resolve;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  async #finish(): Promise<RunOutcome> {
    const status = await this.#worker.exited;
    this.#over.abort();
    this.#watchdog.stop();
    const report = await this.#hangReport?.catch(() => undefined);
    // A full disk takes no marker; the message that came before it says the same.
    const marker = (await this.#readMarker()) ?? this.#closing;
    return {
      runId: this.runId,
      pid: this.pid,
      startedAt: this.#startedAt,
      status,
      readyMs: this.#readyMs,
      by: marker?.by ?? null,
      reportPath: report?.path ?? null,
      exit: {
        code: status.code,
        signal: status.signal,
        marker,
        intent: this.#intent,
        wasReady: this.#readyMs !== null,
      },
    };
  }

  /** Only the marker of this very run counts. */
  async #readMarker(): Promise<ExitMarker | null> {
    const { data } = await exitMarkerFile(this.#options.paths.exitMarker, this.runId)
      .load()
      .catch(() => ({ data: null }));
    return data?.runId === this.runId ? data : null;
  }
}
