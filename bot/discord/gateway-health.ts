import type { Clock } from '../../shared/clock.js';
import type { GatewayStatus } from '../../shared/ipc-protocol.js';

/**
 * What is true of the connection to Discord. `client.ws.ping` alone is not: it keeps its last value for ever, because it is
 * written only when an acknowledgement arrives. So the ages of the last acknowledgement and of the last dispatch are kept.
 */
export class GatewayHealth {
  readonly #clock: Clock;
  #status: GatewayStatus['status'] = 'idle';
  #pingMs: number | null = null;
  #lastDispatchAt: number | null = null;
  #lastAckAt: number | null = null;
  #downSince: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#downSince = clock.monotonic();
  }

  noteConnecting(): void {
    this.#goDown('connecting');
  }

  /** READY and all guilds, or RESUMED. */
  noteReady(): void {
    this.#status = 'ready';
  }

  noteClosed(): void {
    this.#goDown('disconnected');
  }

  noteDispatch(): void {
    this.#lastDispatchAt = this.#clock.monotonic();
  }

  noteAck(latencyMs: number): void {
    this.#lastAckAt = this.#clock.monotonic();
    this.#pingMs = latencyMs;
  }

  status(guilds: number): GatewayStatus {
    const now = this.#clock.monotonic();
    const ageOf = (at: number | null) => (at === null ? null : Math.round(now - at));
    return {
      status: this.#status,
      guilds,
      pingMs: this.#pingMs,
      lastDispatchAgeMs: ageOf(this.#lastDispatchAt),
      lastAckAgeMs: ageOf(this.#lastAckAt),
      downForMs: this.#status === 'ready' ? 0 : Math.round(now - this.#downSince),
    };
  }

  #goDown(status: 'connecting' | 'disconnected'): void {
    if (this.#status === 'ready') this.#downSince = this.#clock.monotonic();
    this.#status = status;
  }
}
