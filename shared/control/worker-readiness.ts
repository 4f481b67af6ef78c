import { z } from 'zod';
import { gatewayStatusSchema } from '../ipc-protocol.js';

/** Discord answers what it is asked over the gateway within some tens of milliseconds; after this it counts as silent. */
export const DISPATCH_ANSWER_LIMIT_MS = 1_000;

/** The worker's answer to the question whether it serves, after a look at the gateway and at the database. */
export const workerReadinessSchema = z.object({
  gateway: gatewayStatusSchema,
  /** Why the database does not answer; null when it does. */
  databaseProblem: z.string().nullable(),
});
export type WorkerReadiness = z.infer<typeof workerReadinessSchema>;
