import type { APIGatewaySessionStartLimit } from 'discord-api-types/v10';
import type { Clock } from '../../shared/clock.js';

const WINDOW_MS = 24 * 60 * 60_000;
const DEFAULT_TOTAL = 1_000;

/** How many IDENTIFYs are left in the present window of 24 hours, which begins with its first IDENTIFY. */
export class SessionStartLimit {
  readonly #clock: Clock;
  #total = DEFAULT_TOTAL;
  #remaining = DEFAULT_TOTAL;
  /** Monotonic milliseconds; null while nothing was taken. */
  #resetsAt: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As `GET /gateway/bot` shows it. */
  get current(): APIGatewaySessionStartLimit {
    this.#renew();
    return {
      total: this.#total,
      remaining: this.#remaining,
      reset_after: this.#resetsAt === null ? 0 : Math.max(0, Math.ceil(this.#resetsAt - this.#clock.monotonic())),
      max_concurrency: 1,
    };
  }

  /** Spends one IDENTIFY. @returns false when none was left. */
  take(): boolean {
    this.#renew();
    if (this.#remaining <= 0) return false;
    this.#remaining -= 1;
    this.#resetsAt ??= this.#clock.monotonic() + WINDOW_MS;
    return true;
  }

  /** Without `resetAfterMs` the present window goes on; if none has begun, one begins now. */
  set(limit: { remaining?: number | undefined; total?: number | undefined; resetAfterMs?: number | undefined }): void {
    this.#renew();
    this.#total = limit.total ?? this.#total;
    this.#remaining = limit.remaining ?? Math.min(this.#remaining, this.#total);
    const now = this.#clock.monotonic();
    this.#resetsAt = limit.resetAfterMs === undefined ? (this.#resetsAt ?? now + WINDOW_MS) : now + limit.resetAfterMs;
  }

  #renew(): void {
    if (this.#resetsAt === null || this.#clock.monotonic() < this.#resetsAt) return;
    this.#remaining = this.#total;
    this.#resetsAt = null;
  }
}
