import type { IdentifyBudget, SessionStartLimit } from '../../shared/ipc-protocol.js';

/** The answer to a request for one IDENTIFY: it may be sent; or not now, and when it is worth asking again. */
export type IdentifyLease =
  | { readonly granted: true; readonly budget: IdentifyBudget }
  | { readonly granted: false; readonly retryAfterMs: number; readonly reason: string };

/** Who keeps the IDENTIFY budget: the supervisor over IPC, or a worker that runs alone by itself. */
export interface IdentifyLeases {
  /**
   * Asks for leave to send one IDENTIFY; a granted one is already spent, on disk.
   *
   * @param limit what Discord last said is left, or null.
   */
  lease(shardId: number, limit: SessionStartLimit | null, signal: AbortSignal): Promise<IdentifyLease>;
}
