import { z } from 'zod';
import { gatewaySessionSchema } from './gateway-session.js';

/** One run of a worker and how it ended: a line of `history.jsonl`, and of the status page. */
export const runRecordSchema = z.object({
  runId: z.string(),
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  uptimeMs: z.number().nonnegative(),
  /** Spawn to `ready`; null when it never was. */
  readyMs: z.number().nonnegative().nullable(),
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  class: z.enum(['stopped', 'planned', 'crash', 'hang', 'failed-start', 'limit', 'config', 'locked']),
  reason: z.string(),
  by: z.string().nullable(),
  /** Where the report of a hang is; null without one. */
  reportPath: z.string().nullable(),
  /** How it came by its gateway session; null when it never had one. */
  session: gatewaySessionSchema.nullable().default(null),
  /** Of the build that it was of; null when it did not say. */
  version: z.string().nullable().default(null),
});
export type RunRecord = z.infer<typeof runRecordSchema>;
