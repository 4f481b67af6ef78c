import { z } from 'zod';
import { readStateData, StateFile } from './state-file.js';

/** The worker's own account of its end, in `last-shutdown.json` (seed runbook: LAST_SHUTDOWN_INFO). */
export const lastShutdownSchema = z.object({
  timestamp: z.iso.datetime(),
  runId: z.string(),
  reason: z.string(),
  signal: z.string().nullable(),
  requestedBy: z.string().nullable(),
  exitCode: z.number().int(),
  /** Every phase did its work in time. */
  clean: z.boolean(),
  uptimeMs: z.number().nonnegative(),
  pendingJobs: z.number().int().nonnegative(),
  tasks: z.object({
    cancelled: z.number().int().nonnegative(),
    completed: z.number().int().nonnegative(),
    /** Names of tasks, commands and jobs that did not end when asked to. */
    timedOut: z.array(z.string()),
  }),
  phases: z.array(z.object({ name: z.string(), ms: z.number().nonnegative(), error: z.string().optional() })),
});
export type LastShutdown = z.infer<typeof lastShutdownSchema>;

/** The file of the account, for the worker that writes it. */
export function lastShutdownFile(path: string, runId: string): StateFile<LastShutdown | null> {
  return new StateFile<LastShutdown | null>({
    path,
    kind: 'last-shutdown',
    schemaVersion: 1,
    schema: lastShutdownSchema.nullable(),
    empty: () => null,
    runId,
  });
}

/** What stands in the file; null when there is none or it cannot be read. For showing, not for deciding: it archives nothing. */
export function readLastShutdown(path: string): Promise<LastShutdown | null> {
  return readStateData(path, lastShutdownSchema);
}
