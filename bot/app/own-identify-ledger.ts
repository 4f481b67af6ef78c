import type { Clock } from '../../shared/clock.js';
import {
  AUTOMATIC_RESERVE,
  decideLease,
  emptyLedger,
  type IdentifyLedger,
  identifyLedgerSchema,
} from '../../shared/identify-ledger.js';
import type { SessionStartLimit } from '../../shared/ipc-protocol.js';
import { StateFile } from '../../shared/state-file.js';
import type { IdentifyLease, IdentifyLeases } from '../discord/identify-leases.js';

/** Keeps the same `identify-ledger.json` for a worker that runs without a supervisor. */
export class OwnIdentifyLedger implements IdentifyLeases {
  readonly #file: StateFile<IdentifyLedger>;
  readonly #clock: Clock;

  constructor(path: string, runId: string, clock: Clock) {
    this.#clock = clock;
    this.#file = new StateFile<IdentifyLedger>({
      path,
      kind: 'identify-ledger',
      schemaVersion: 1,
      schema: identifyLedgerSchema,
      empty: emptyLedger,
      runId,
    });
  }

  async lease(_shardId: number, limit: SessionStartLimit | null): Promise<IdentifyLease> {
    const { data } = await this.#file.load();
    const now = this.#clock.now();
    const { ledger, budget, isGranted, retryAfterMs } = decideLease(data, limit, AUTOMATIC_RESERVE, now);
    await this.#file.save(ledger);
    if (isGranted) return { granted: true, budget };
    return {
      granted: false,
      retryAfterMs,
      reason: `${budget.remaining} of ${budget.total} IDENTIFYs left, which is the reserve`,
    };
  }
}
