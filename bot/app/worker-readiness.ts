import type { WorkerReadiness } from '../../shared/control/worker-readiness.js';
import type { Tux } from './tux.js';
import { pingDatabase } from './worker-facts.js';

/** Looks whether the bot serves: asks the database and Discord, at the same time, for a second at most. */
export async function workerReadiness(tux: Tux): Promise<WorkerReadiness> {
  const [databaseProblem] = await Promise.all([databaseProblemOf(tux), tux.gateway.checkDispatches()]);
  return { gateway: tux.gateway.status(), databaseProblem };
}

/** One that is known to be away is asked every second already, and then the reason is known as well. */
async function databaseProblemOf(tux: Tux): Promise<string | null> {
  return tux.database.database.problem ?? (await pingDatabase(tux)).problem;
}
