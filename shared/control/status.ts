import { z } from 'zod';
import { gatewayStatusSchema, identifyBudgetSchema, serviceStageSchema, workerStateSchema } from '../ipc-protocol.js';

/** What `tux-supervisor status --json` prints. Fields may be added; those that are here keep their names and meaning. */
export const statusSchema = z.object({
  /** What supervision is doing. */
  state: z.enum(['STARTING', 'RUNNING', 'BACKOFF', 'HELD', 'STOPPING']),
  /** Tux serves. */
  ready: z.boolean(),
  supervisor: z.object({ pid: z.number(), startedAt: z.iso.datetime(), version: z.string() }),
  worker: z
    .object({
      pid: z.number(),
      runId: z.string(),
      state: workerStateSchema,
      degraded: z.boolean(),
      uptimeMs: z.number(),
      rssBytes: z.number().nullable(),
      eventLoopLagMs: z.number().nullable(),
      queueDepth: z.number().nullable(),
      tasks: z.number().nullable(),
      gateway: gatewayStatusSchema.nullable(),
      services: z.array(
        z.object({
          name: z.string(),
          stage: serviceStageSchema,
          critical: z.boolean(),
          durationMs: z.number().nullable(),
          error: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
  /** Since this supervisor started. */
  restarts: z.object({ planned: z.number(), crash: z.number(), hang: z.number(), failedStart: z.number() }),
  hold: z.object({ reason: z.string(), until: z.iso.datetime() }).nullable(),
  /** Waiting to start the next worker. */
  backoff: z.object({ until: z.iso.datetime(), reason: z.string() }).nullable(),
  identifyBudget: identifyBudgetSchema,
  lastExit: z
    .object({
      class: z.string(),
      code: z.number().nullable(),
      signal: z.string().nullable(),
      reason: z.string(),
      at: z.iso.datetime(),
    })
    .nullable(),
  /** Where the local Discord listens, when one runs. */
  sandbox: z.object({ apiUrl: z.string(), controlUrl: z.string() }).nullable(),
  stateDir: z.string(),
});
export type Status = z.infer<typeof statusSchema>;
