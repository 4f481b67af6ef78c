import { z } from 'zod';

/** Answer to a restart: the run that became ready. */
export const restartResultSchema = z.object({
  runId: z.string(),
  pid: z.number(),
  /** From the request to ready. */
  tookMs: z.number(),
});
export type RestartResult = z.infer<typeof restartResultSchema>;
