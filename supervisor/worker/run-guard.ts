import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import { type Heartbeat, IPC_PROTOCOL_VERSION, type ShutdownReason } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Limits } from '../limits/limit-policy.js';
import { LimitWatch } from '../limits/limit-watch.js';
import type { StopIntent } from '../restart/exit-policy.js';
import { gatewayFailure } from './gateway-policy.js';
import { HangWatch } from './hang-watch.js';
import { StartWatch } from './start-watch.js';
import type { WorkerView } from './worker-view.js';

/** How long a worker that did not get ready, but can hear, has to end. */
const FAILED_START_DEADLINE_MS = 5_000;
/** The same for one that hears nothing: SIGTERM comes at once. */
const AT_ONCE_MS = 1;

export interface RunGuardOptions {
  readonly runId: string;
  readonly pid: number;
  /** Read at each use: its settings may change while the worker runs. */
  readonly config: Pick<Config, 'env' | 'paths' | 'secrets'>;
  readonly view: WorkerView;
  /** Memory that the control group allows; null without a limit. */
  readonly cgroupMemoryBytes: number | null;
  /** In place of TUX_HELLO_TIMEOUT_MS. */
  readonly helloTimeoutMs?: number | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** Whether the run is about to end already: then nobody ends it for anything else. */
  readonly isClosing: () => boolean;
  /** Ends the run. What it was blamed for, or ended for first, counts afterwards. */
  readonly end: (intent: StopIntent, reason: ShutdownReason, deadlineMs: number) => void;
  /** Says why the run is going to be ended, before it is: it may end by itself until then. */
  readonly blame: (intent: StopIntent) => void;
}

/**
 * Ends a run that is no good: one that starts too slowly, speaks another protocol, hangs, stays without its gateway, or uses more
 * than it may. Counts from when it is made.
 */
export class RunGuard {
  readonly #options: RunGuardOptions;
  readonly #start: StartWatch;
  readonly #hangs: HangWatch;
  readonly #limits: LimitWatch;

  constructor(options: RunGuardOptions) {
    this.#options = options;
    const { runId, pid, config, view, log, clock, helloTimeoutMs } = options;
    this.#hangs = new HangWatch({
      runId,
      pid,
      config,
      reportsDir: config.paths.reportsDir,
      log,
      clock,
      onHang: (silentMs) => void this.#handleHang(silentMs),
    });
    this.#limits = new LimitWatch(options);
    this.#start = new StartWatch({
      config,
      helloTimeoutMs,
      view,
      clock,
      onLate: (problem) => {
        if (!options.isClosing()) this.#failStart(problem);
      },
    });
  }

  /** How much memory the worker may use, and how far its event loop may lag. */
  get limits(): Limits {
    return this.#limits.limits;
  }

  /** The worker has said `hello`: from now on heartbeats are expected. */
  noteHello(protocol: number): void {
    this.#hangs.start();
    if (protocol === IPC_PROTOCOL_VERSION) return;
    this.#failStart('the worker speaks another protocol: restart tux-supervisor after an upgrade');
  }

  noteHeartbeat(heartbeat: Heartbeat): void {
    this.#hangs.noteHeartbeat(heartbeat);
    const breach = this.#limits.noteHeartbeat(heartbeat);
    if (breach !== null) this.#handleBreach(breach);
    const failure = gatewayFailure(heartbeat.gateway, this.#options.config.env.TUX_GATEWAY_DOWN_LIMIT_MS);
    if (failure !== null && this.#options.view.saidReady) this.#handleGatewayFailure(failure, heartbeat);
  }

  /** Takes a line of the worker's stderr: Node says there where its inspector listens. */
  noteErrorLine(line: string): void {
    this.#hangs.noteErrorLine(line);
  }

  /** The pace of the heartbeats may have changed: the count begins anew. */
  forgive(): void {
    this.#hangs.forgive();
  }

  /** The run is over: nothing is expected of it any more. */
  stop(): void {
    this.#start.stop();
    this.#hangs.stop();
  }

  /** The report of its hang, once it is finished; null when it did not hang or the report could not be written. */
  reportPath(): Promise<string | null> {
    return this.#hangs.reportPath();
  }

  #handleBreach(message: string): void {
    const { runId, config, log, isClosing, end } = this.#options;
    if (isClosing()) return;
    log.warn({ event: 'worker:limit', runId }, `⚠️ Restarting Tux: ${message}`);
    const reason = { kind: 'supervisor', message, by: 'tux-supervisor' } as const;
    end({ kind: 'limit', reason: message }, reason, config.env.TUX_STOP_TIMEOUT_MS);
  }

  #handleGatewayFailure(message: string, { gateway }: Heartbeat): void {
    const { runId, config, log, isClosing, end } = this.#options;
    if (isClosing()) return;
    log.error({ event: 'gateway:down', runId, gateway }, `❌ Restarting Tux: ${message}`);
    const reason = { kind: 'gateway', message, by: 'tux-supervisor' } as const;
    end({ kind: 'gateway-down', reason: message }, reason, config.env.TUX_STOP_TIMEOUT_MS);
  }

  #failStart(message: string): void {
    const { runId, log, view, end } = this.#options;
    log.error({ event: 'worker:start:timeout', runId }, `❌ Start failed: ${message}`);
    const reason = { kind: 'start-failed', message, by: 'tux-supervisor' } as const;
    end({ kind: 'start-timeout', reason: message }, reason, view.saidHello ? FAILED_START_DEADLINE_MS : AT_ONCE_MS);
  }

  async #handleHang(silentMs: number): Promise<void> {
    const { runId, pid, log, isClosing, blame, end } = this.#options;
    if (isClosing()) return; // the deadline of its stop takes care of it
    const reason = `no heartbeat for ${Math.round(silentMs / 1000)} s`;
    blame({ kind: 'hang', reason });
    log.error({ event: 'worker:hang', runId, pid, silentMs }, `❌ Tux hangs: ${reason}`);
    const where = await this.#hangs.investigate(silentMs);
    const intent: StopIntent = { kind: 'hang', reason: where === null ? reason : `${reason}, ${where}` };
    blame(intent);
    // A blocked loop reads no IPC.
    end(intent, { kind: 'supervisor', message: 'hang', by: 'tux-supervisor' }, AT_ONCE_MS);
  }
}
