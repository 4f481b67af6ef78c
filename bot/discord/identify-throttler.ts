import type { IIdentifyThrottler, WebSocketManager } from '@discordjs/ws';
import type { Clock } from '../../shared/clock.js';
import type { SessionStartLimit } from '../../shared/ipc-protocol.js';
import type { IdentifyLease, IdentifyLeases } from './identify-leases.js';

/** Discord takes one IDENTIFY per 5 s and concurrency bucket; a little more keeps clocks that differ from mattering. */
const IDENTIFY_INTERVAL_MS = 5_250;

export interface IdentifyThrottlerOptions {
  readonly leases: IdentifyLeases;
  readonly clock: Clock;
  /** Aborted once this client must not identify any more. */
  readonly closing: AbortSignal;
  /** The budget has none to give. */
  readonly onDenied: (denied: IdentifyLease & { granted: false }) => void;
}

/**
 * The public hook of discord.js through which every IDENTIFY goes: it spends one of the supervisor's budget first, so that
 * re-IDENTIFYs inside one run count too. Once the client is closing it never lets go: discord.js 14.28.1 identifies again
 * when it is destroyed before READY, and this is the only place where that can be held up.
 */
export class LeasedIdentifyThrottler implements IIdentifyThrottler {
  readonly #options: IdentifyThrottlerOptions;
  readonly #manager: WebSocketManager;
  #lastAt: number | null = null;

  constructor(manager: WebSocketManager, options: IdentifyThrottlerOptions) {
    this.#manager = manager;
    this.#options = options;
  }

  /** Resolves when the IDENTIFY may be sent. Rejects with the reason of `signal`, which discord.js aborts on disconnect. */
  async waitForIdentify(shardId: number, signal: AbortSignal): Promise<void> {
    const { clock, closing, leases, onDenied } = this.#options;
    if (closing.aborted) return never();
    const sinceLast = this.#lastAt === null ? Number.POSITIVE_INFINITY : clock.monotonic() - this.#lastAt;
    if (sinceLast < IDENTIFY_INTERVAL_MS) await clock.sleep(IDENTIFY_INTERVAL_MS - sinceLast, signal);
    const limit = await this.#currentLimit();
    if (closing.aborted) return never(); // nothing is spent
    const lease = await leases.lease(shardId, limit, signal);
    if (!lease.granted && !closing.aborted) onDenied(lease);
    if (!lease.granted || closing.aborted) return never();
    this.#lastAt = clock.monotonic();
  }

  /** What Discord says is left. Null when it does not answer: then the ledger's own count decides. */
  async #currentLimit(): Promise<SessionStartLimit | null> {
    try {
      // The first IDENTIFY follows the very request that login made; a later one needs fresh figures.
      const { session_start_limit: limit } = await this.#manager.fetchGatewayInformation(this.#lastAt !== null);
      return limit;
    } catch {
      return null;
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
