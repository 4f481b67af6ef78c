import { z } from 'zod';

/** What a job waits for: `interrupted` and `failed` jobs stay visible but do not run again by themselves. */
const jobStatuses = ['queued', 'running', 'interrupted', 'failed'] as const;

/** A ULID: its order is the order of creation. */
export const ulidSchema = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'is not a ULID');

/** One job as it stands in `queue-cache.json` and its journal. Times are ISO-8601 UTC. */
export const jobSchema = z.object({
  id: ulidSchema,
  kind: z.string().min(1),
  /** Names the effect: while a job with this key lives, or finished within the last day, no second one is accepted. */
  dedupeKey: z.string().min(1).optional(),
  guildId: z.string().min(1).optional(),
  channelId: z.string().min(1).optional(),
  userId: z.string().min(1).optional(),
  /** Anything JSON; the job's kind knows its schema. */
  payload: z.unknown(),
  status: z.enum(jobStatuses),
  /** Runs begun, the present one included. */
  attempts: z.number().int().nonnegative(),
  maxAttempts: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  /** Does not run earlier: asked for, or the back-off after a failure. */
  notBefore: z.iso.datetime().optional(),
  /** Is dropped when it could not begin before. */
  expiresAt: z.iso.datetime().optional(),
  idempotent: z.boolean(),
  lastError: z.string().optional(),
});
/** See {@link jobSchema}. */
export type Job = Readonly<z.infer<typeof jobSchema>>;

/** What is remembered of a finished job, so that its dedupeKey keeps a second one away for a while. */
export const finishedJobSchema = z.object({
  id: ulidSchema,
  kind: z.string().min(1),
  dedupeKey: z.string().min(1),
  status: z.literal('finished'),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
/** See {@link finishedJobSchema}. */
export type FinishedJob = Readonly<z.infer<typeof finishedJobSchema>>;

/**
 * A key for the effect of a record, the same at every attempt: Discord takes it as `nonce` with `enforce_nonce`, at most 25
 * characters. A ULID has 26, but the first stays `0` until the year 3084.
 */
export function effectKeyOf(id: string): string {
  return id.slice(-25);
}
