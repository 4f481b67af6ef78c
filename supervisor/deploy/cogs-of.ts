import type { WorkerRun } from '../worker/worker-run.js';
import type { CogState } from './probation-policy.js';

/** The cogs of a worker, as it says itself; empty when it does not. */
export async function cogsOf(run: Pick<WorkerRun, 'ask'> | null): Promise<CogState[]> {
  const answer = await run?.ask('details');
  if (!answer) return [];
  const { workerDetailsSchema } = await import('../../shared/control/worker-details.js'); // seldom needed
  try {
    return workerDetailsSchema.shape.cogs.parse((JSON.parse(answer) as { cogs?: unknown }).cogs);
  } catch {
    return []; // of another version
  }
}
