import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Heartbeat } from '../../shared/ipc-protocol.js';

const RESOLUTION_MS = 50;

/** What the heart reports besides its own figures. */
export type Vitals = Pick<Heartbeat, 'state' | 'degraded' | 'tasks' | 'queueDepth' | 'gateway' | 'databaseProblem'>;

/** Tells the supervisor every few seconds that the event loop turns, and how the bot fares. */
export class HeartbeatSender {
  #intervalMs: number;
  readonly #readVitals: () => Vitals;
  readonly #send: (heartbeat: Heartbeat) => void;
  #delay: IntervalHistogram | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seq = 0;
  #lagMs = 0;

  constructor(intervalMs: number, readVitals: () => Vitals, send: (heartbeat: Heartbeat) => void) {
    this.#intervalMs = intervalMs;
    this.#readVitals = readVitals;
    this.#send = send;
  }

  /** Worst delay of the event loop in the time before the last beat. */
  get lagMs(): number {
    return this.#lagMs;
  }

  start(): void {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#startTimer();
  }

  /** From now on another pace; the first beat of it comes at once. */
  changeInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#startTimer();
    this.beat();
  }

  /** Sends one now, out of turn: when something changed that `status` should show at once. */
  beat(): void {
    this.#lagMs = this.#takeLagMs();
    this.#send({
      type: 'heartbeat',
      seq: this.#seq++,
      eventLoopLagMs: this.#lagMs,
      rssBytes: process.memoryUsage.rss(),
      ...this.#readVitals(),
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#delay?.disable();
  }

  #startTimer(): void {
    this.#timer = setInterval(() => this.beat(), this.#intervalMs);
    this.#timer.unref();
  }

  /** The worst delay since the last beat. The histogram counts its own sampling interval as delay. */
  #takeLagMs(): number {
    if (!this.#delay || this.#delay.count === 0) return 0;
    const lagMs = Math.max(0, this.#delay.max / 1e6 - RESOLUTION_MS);
    this.#delay.reset();
    return Math.round(lagMs * 10) / 10;
  }
}
