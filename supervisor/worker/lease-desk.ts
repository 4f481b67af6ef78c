import { describeError } from '../../shared/errors.js';
import type { WorkerMessage } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { SupervisorState } from '../supervisor-state.js';
import type { WorkerProcess } from './worker-process.js';

export interface LeaseDeskOptions {
  readonly worker: Pick<WorkerProcess, 'runId' | 'send'>;
  readonly state: Pick<SupervisorState, 'leaseIdentify'>;
  /** Share of the IDENTIFY budget that this run has to leave. */
  readonly reserve: number;
  readonly log: Logger;
}

/** Answers the worker that wants to send an IDENTIFY: granted from the ledger, or denied with a reason. */
export class LeaseDesk {
  readonly #options: LeaseDeskOptions;

  constructor(options: LeaseDeskOptions) {
    this.#options = options;
  }

  /** Never rejects: what cannot be written down is denied. */
  async answer({ id, limit }: WorkerMessage & { type: 'identify-lease' }): Promise<void> {
    const { worker, state, reserve, log } = this.#options;
    try {
      const answer = await state.leaseIdentify(limit, reserve);
      const { remaining, total } = answer.budget;
      if (!answer.granted) {
        this.#deny(id, answer.retryAfterMs, `${remaining} of ${total} IDENTIFYs left, which is the reserve`);
        return;
      }
      const fields = { event: 'identify:granted', runId: worker.runId, remaining, total };
      log.info(fields, `IDENTIFY granted, ${remaining} of ${total} left`);
      worker.send({ type: 'identify-granted', id, budget: answer.budget });
    } catch (error) {
      // Uncounted over restarts of the supervisor, it could be the one too many.
      this.#deny(id, 0, `an IDENTIFY must be written down first: ${describeError(error)}`);
    }
  }

  #deny(id: string, retryAfterMs: number, reason: string): void {
    const { worker, log } = this.#options;
    log.error({ event: 'identify:denied', runId: worker.runId }, `❌ IDENTIFY denied: ${reason}`);
    worker.send({ type: 'identify-denied', id, retryAfterMs, reason });
  }
}
