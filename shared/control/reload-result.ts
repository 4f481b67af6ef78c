import { z } from 'zod';

/** Answer to a reload: what is different, and when it counts. */
export const reloadResultSchema = z.object({
  changes: z.array(
    z.object({
      name: z.string(),
      /** As shown to people: secrets are redacted, a setting that is not set says so. */
      from: z.string(),
      to: z.string(),
      takesEffect: z.enum(['now', 'restart', 'supervisor-restart']),
    }),
  ),
  /** Whether the worker has taken the changes over; null when none runs, and the next one starts with them. */
  workerReloaded: z.boolean().nullable(),
});
export type ReloadResult = z.infer<typeof reloadResultSchema>;
