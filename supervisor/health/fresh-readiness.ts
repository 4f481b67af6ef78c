import type { Clock } from '../../shared/clock.js';
import type { Readiness } from '../../shared/control/status.js';
import { type WorkerReadiness, workerReadinessSchema } from '../../shared/control/worker-readiness.js';
import type { WorkerRun } from '../worker/worker-run.js';
import { type ReadinessFacts, readinessOf } from './readiness.js';

/** However many ask within this time, the worker is asked once. */
const SHARED_MS = 1_000;

const BLOCKED: Readiness = {
  ready: false,
  problems: ['the worker does not answer: its event loop is blocked, or a signal has stopped it'],
};

export interface FreshReadinessOptions {
  /** The present run. */
  readonly worker: () => Pick<WorkerRun, 'runId' | 'ask'> | null;
  /** What is known without asking. */
  readonly facts: () => ReadinessFacts;
  readonly clock: Clock;
}

/** What came of it. */
export interface FreshLook {
  readonly readiness: Readiness;
  /** What the worker said; null when it was not asked, or said nothing. */
  readonly answer: WorkerReadiness | null;
}

/** A look, or the wait for it. */
interface Shared {
  readonly runId: string;
  readonly look: Promise<FreshLook>;
  /** Monotonic; null while the worker has not answered. */
  answeredAt: number | null;
}

/**
 * Whether Tux serves at this moment: not what its last heartbeat said, which can be some seconds old, but what the worker answers
 * after a look at the gateway and the database. A gateway that died silently looks well to a heartbeat for much longer.
 */
export class FreshReadiness {
  readonly #options: FreshReadinessOptions;
  #shared: Shared | null = null;

  constructor(options: FreshReadinessOptions) {
    this.#options = options;
  }

  /** Takes two seconds at most: a worker that does not answer by then has a blocked event loop, or was stopped by a signal. */
  async look(): Promise<FreshLook> {
    const known = withoutItsWord(this.#options.facts());
    const worker = this.#options.worker();
    if (!known.ready || !worker) return { readiness: known, answer: null };
    if (!this.#isUsable(this.#shared, worker.runId)) this.#shared = this.#begin(worker);
    return this.#shared.look;
  }

  #isUsable(shared: Shared | null, runId: string): shared is Shared {
    if (shared?.runId !== runId) return false;
    return shared.answeredAt === null || this.#options.clock.monotonic() - shared.answeredAt < SHARED_MS;
  }

  #begin(worker: Pick<WorkerRun, 'runId' | 'ask'>): Shared {
    const look = this.#askWorker(worker).finally(() => {
      shared.answeredAt = this.#options.clock.monotonic();
    });
    const shared: Shared = { runId: worker.runId, look, answeredAt: null };
    return shared;
  }

  async #askWorker(worker: Pick<WorkerRun, 'ask'>): Promise<FreshLook> {
    const answer = parseAnswer(await worker.ask('readiness'));
    const facts = this.#options.facts(); // of now: it may have ended meanwhile, or begun to
    const known = withoutItsWord(facts);
    if (!facts.worker || !known.ready) return { readiness: known, answer: null };
    if (answer === null) return { readiness: BLOCKED, answer };
    return { readiness: readinessOf({ ...facts, worker: { ...facts.worker, ...answer } }), answer };
  }
}

/** What the supervisor sees by itself. */
function withoutItsWord(facts: ReadinessFacts): Readiness {
  return readinessOf({ ...facts, worker: facts.worker && { ...facts.worker, gateway: null, databaseProblem: null } });
}

function parseAnswer(text: string | null): WorkerReadiness | null {
  if (text === null || text === '') return null;
  try {
    return workerReadinessSchema.parse(JSON.parse(text));
  } catch {
    return null; // a worker of another version, in the middle of an upgrade
  }
}
