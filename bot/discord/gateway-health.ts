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
  /** Since when Discord owes an event. */
  #askedAt: number | null = null;
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
    this.#askedAt = null;
  }

  /** Discord was asked for something that it answers with an event. */
  noteAsked(): void {
    this.#askedAt ??= this.#clock.monotonic();
  }

  noteAck(latencyMs: number): void {
    this.#lastAckAt = this.#clock.monotonic();
    this.#pingMs = latencyMs;
  }

  get isUp(): boolean {
    return this.#status === 'ready';
  }

  /** Null before the first event. */
  get lastDispatchAgeMs(): number | null {
    return this.#ageOf(this.#lastDispatchAt);
  }

  /** Whether Discord owes an event. */
  get isAsked(): boolean {
    return this.#askedAt !== null;
  }

  /** How long Discord has owed an event; 0 while it owes none. */
  get unansweredMs(): number {
    return this.#ageOf(this.#askedAt) ?? 0;
  }

  status(guilds: number): GatewayStatus {
    return {
      status: this.#status,
      guilds,
      pingMs: this.#pingMs,
      lastDispatchAgeMs: this.lastDispatchAgeMs,
      unansweredMs: this.unansweredMs,
      lastAckAgeMs: this.#ageOf(this.#lastAckAt),
      downForMs: this.isUp ? 0 : (this.#ageOf(this.#downSince) ?? 0),
    };
  }

  #ageOf(at: number | null): number | null {
    return at === null ? null : Math.round(this.#clock.monotonic() - at);
  }

  #goDown(status: 'connecting' | 'disconnected'): void {
    // A standby may wait for hours before it connects at all.
    if (this.isUp || this.#status === 'idle') this.#downSince = this.#clock.monotonic();
    this.#status = status;
    this.#askedAt = null; // who is not there owes nothing
  }
}
