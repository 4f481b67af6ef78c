import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import { type HangReport, writeHangReport } from './hang-report.js';
import { parseInspectorAddress } from './hang-stack.js';
import { HeartbeatWatchdog } from './heartbeat-watchdog.js';

/** Heartbeats kept for the report of a hang. */
const KEPT_HEARTBEATS = 12;

export interface HangWatchOptions {
  readonly runId: string;
  readonly pid: number;
  /** Read at each use: its settings may change while the worker runs. */
  readonly config: Pick<Config, 'env' | 'secrets'>;
  readonly reportsDir: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Called once, when heartbeats have stayed away for `silentMs`. */
  readonly onHang: (silentMs: number) => void;
}

/** Notices that a worker hangs, and finds out where: its last heartbeats, its inspector's address and the report. */
export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #watchdog: HeartbeatWatchdog;
  readonly #heartbeats: Heartbeat[] = [];
  /** Where the worker's inspector listens, once it said so; Node says it only once however often it is asked. */
  #inspectorAddress: string | undefined;
  #inspectorSeen: ((address: string) => void) | undefined;
  #report: Promise<HangReport> | undefined;

  constructor(options: HangWatchOptions) {
    const { config, clock, onHang } = options;
    this.#options = options;
    this.#watchdog = new HeartbeatWatchdog({
      get intervalMs() {
        return config.env.TUX_HEARTBEAT_INTERVAL_MS;
      },
      get misses() {
        return config.env.TUX_HEARTBEAT_MISSES;
      },
      clock,
      onHang,
    });
  }

  /** From now on heartbeats are expected. */
  start(): void {
    this.#watchdog.start();
  }

  stop(): void {
    this.#watchdog.stop();
  }

  noteHeartbeat(heartbeat: Heartbeat): void {
    this.#watchdog.heard();
    this.#heartbeats.push(heartbeat);
    if (this.#heartbeats.length > KEPT_HEARTBEATS) this.#heartbeats.shift();
  }

  /** The pace of the heartbeats may have changed: the count begins anew. */
  forgive(): void {
    this.#watchdog.heard();
  }

  /** Takes a line of the worker's stderr: Node prints the inspector's address there. */
  noteErrorLine(line: string): void {
    const address = parseInspectorAddress(line);
    if (address === undefined) return;
    this.#inspectorAddress = address;
    this.#inspectorSeen?.(address);
  }

  /** Writes the report. @returns where the worker hangs, in words; null when the report could not be written. */
  async investigate(silentMs: number): Promise<string | null> {
    const { log, runId, pid, config, reportsDir } = this.#options;
    this.#report = writeHangReport(reportsDir, {
      pid,
      runId,
      silentMs,
      heartbeats: this.#heartbeats,
      secrets: config.secrets,
      inspectorAddress: (signal) => this.#findInspector(signal),
    });
    try {
      const { summary, path } = await this.#report;
      log.error({ event: 'worker:hang:report', runId, path }, `❌ It hung ${summary}; report in ${path}`);
      return summary;
    } catch (error) {
      log.error({ event: 'worker:hang:report-failed', err: error }, '❌ The hang report could not be written');
      return null;
    }
  }

  /** The report, once it is finished; null when there was no hang or the report could not be written. */
  async reportPath(): Promise<string | null> {
    const report = await this.#report?.catch(() => undefined);
    return report?.path ?? null;
  }

  async #findInspector(signal: AbortSignal): Promise<string> {
    if (this.#inspectorAddress !== undefined) return this.#inspectorAddress;
    return new Promise((resolve, reject) => {
      this.#inspectorSeen = resolve;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
