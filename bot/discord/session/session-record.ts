import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A gateway session as it is kept for the next worker, with all that has to be the same for it to go on. */
export const sessionRecordSchema = z.object({
  sessionId: z.string().min(1),
  resumeUrl: z.string().min(1),
  applicationId: z.string(),
  /** The REST endpoint, null for Discord's own: a session of the sandbox is unknown anywhere else. */
  apiUrl: z.string().nullable(),
  /** See {@link fingerprintOf}. */
  tokenHash: z.string(),
  intents: z.number().int().nonnegative(),
  shardCount: z.number().int().positive(),
  /** Version of discord.js. */
  library: z.string(),
  /** ISO-8601 UTC. */
  openedAt: z.iso.datetime(),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

/** Tells whether a token is the same, and not what it is. */
export function fingerprintOf(token: string): string {
  return createHash('sha256').update(`tux-session:${token}`).digest('hex').slice(0, 16);
}

/** The application that a bot token is for: Discord puts its id in front, in base64. Null for a token of another form. */
export function applicationIdOf(token: string): string | null {
  const [first = ''] = token.replace(/^Bot\s+/i, '').split('.');
  const id = Buffer.from(first, 'base64').toString('latin1');
  return /^\d{17,20}$/.test(id) ? id : null;
}
