import { z } from 'zod';
import { gatewayStatusSchema, serviceStageSchema, workerStateSchema } from '../ipc-protocol.js';

/** What the bot says of itself when it is asked: more than fits a heartbeat. `tux status --json` prints it as `bot`. */
export const workerDetailsSchema = z.object({
  runId: z.string(),
  version: z.string(),
  state: workerStateSchema,
  degraded: z.boolean(),
  uptimeMs: z.number(),
  /** Messages and interactions dealt with since the start. */
  processed: z.number(),
  services: z.array(
    z.object({
      name: z.string(),
      stage: serviceStageSchema,
      critical: z.boolean(),
      /** Null when it has no health check. */
      health: z.enum(['unknown', 'healthy', 'failing']).nullable(),
      /** Of the latest check. */
      checkedAt: z.iso.datetime().nullable(),
    }),
  ),
  /** Those of this build: `loaded`, `failed` and why, `skipped`, or `unloaded` by somebody. */
  cogs: z.array(z.object({ name: z.string(), status: z.string(), reason: z.string().optional() })).default([]),
  /** Background tasks that have not ended. */
  tasks: z.array(z.object({ name: z.string(), state: z.string(), crashes: z.number() })),
  queueDepth: z.number(),
  reminders: z.number(),
  scheduledDms: z.number(),
  /** By name: lookups that the cache answered, and those that it had to pass on. */
  caches: z.record(z.string(), z.object({ hits: z.number(), misses: z.number() })),
  /** Without an answer within a second: null, and why. */
  database: z.object({ latencyMs: z.number().nullable(), problem: z.string().nullable() }),
  gateway: gatewayStatusSchema.extend({
    /** Who is logged in. */
    user: z.string().nullable(),
    shards: z.array(z.object({ id: z.number(), status: z.string(), pingMs: z.number().nullable() })),
  }),
});
export type WorkerDetails = z.infer<typeof workerDetailsSchema>;
