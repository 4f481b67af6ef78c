import { z } from 'zod';

/** Answer to a restart: the run that became ready. */
export const restartResultSchema = z.object({
  runId: z.string(),
  pid: z.number(),
  /** From the request to ready. */
  tookMs: z.number(),
  /** The version of a new build that took over with this restart; null when there was none. */
  deployed: z.string().nullable().default(null),
});
export type RestartResult = z.infer<typeof restartResultSchema>;
