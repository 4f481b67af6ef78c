import type { WorkerReadiness } from '../../shared/control/worker-readiness.js';
import type { Tux } from './tux.js';
import { pingDatabase } from './worker-facts.js';

/** Looks whether the bot serves: asks the database and Discord, at the same time, for a second at most. */
export async function workerReadiness(tux: Tux): Promise<WorkerReadiness> {
  const [database] = await Promise.all([pingDatabase(tux), tux.gateway.checkDispatches()]);
  return { gateway: tux.gateway.status(), databaseProblem: database.problem };
}
