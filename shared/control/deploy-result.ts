import { z } from 'zod';
import { buildSchema } from './build.js';

/** Answer to a deploy. What it refuses is an answer, too: the build before serves on. */
export const deployResultSchema = z.object({
  /** `unchanged`: this very build runs already. `swapped-back`: it failed, and the build before takes over again. */
  outcome: z.enum(['deployed', 'unchanged', 'refused', 'swapped-back']),
  build: buildSchema,
  /** What ran before; null when nothing did. */
  previous: buildSchema.nullable(),
  /** Why it was refused or swapped back; with `deployed` by force, what is not as it should be. */
  problems: z.array(z.string()),
  /** How long it took to look at the build and to get it prepared; null when that was not done. */
  preflightMs: z.number().nullable(),
  /** From the request to end the worker before to the next one that is ready. */
  swapMs: z.number().nullable(),
  /** The worker that got ready; null when that was not waited for. */
  runId: z.string().nullable(),
  pid: z.number().nullable(),
});
export type DeployResult = z.infer<typeof deployResultSchema>;
