import type { IdentifyBudget } from '../../shared/ipc-protocol.js';
import type { IdentifyLease, IdentifyLeases } from '../discord/identify-leases.js';

/** Passes each request for an IDENTIFY on, and remembers what was left after the last one. */
export class NotedLeases implements IdentifyLeases {
  readonly #leases: IdentifyLeases;
  #budget: IdentifyBudget | null = null;

  constructor(leases: IdentifyLeases) {
    this.#leases = leases;
  }

  /** Null before the first IDENTIFY. */
  get budget(): IdentifyBudget | null {
    return this.#budget;
  }

  async lease(...request: Parameters<IdentifyLeases['lease']>): Promise<IdentifyLease> {
    const lease = await this.#leases.lease(...request);
    if (lease.granted) this.#budget = lease.budget;
    return lease;
  }
}
