import type { BotServices } from '../../framework/bot-services.js';
import type { CaseRecord } from './measure.js';

/** The kind of job that lifts one temporary ban. */
export const LIFT_KIND = 'moderation.lift';

const HOUR_MS = 3_600_000;

/**
 * Has a temporary ban lifted when it ends. Asked twice, it is lifted once. For one that is still there a full hour after its end,
 * every hour a new job: the queue remembers the key of a job that came to nothing, as in a server that the bot had left for a while.
 */
export async function scheduleLift(
  { jobs, clock }: BotServices,
  { id, guildId, expiresAt }: CaseRecord,
): Promise<void> {
  const hoursLate = expiresAt === null ? 0 : Math.floor((clock.now() - expiresAt.getTime()) / HOUR_MS);
  await jobs.enqueue({
    kind: LIFT_KIND,
    payload: { caseId: id },
    dedupeKey: hoursLate > 0 ? `lift:${id}:${hoursLate}` : `lift:${id}`,
    guildId,
    ...(expiresAt && { notBefore: expiresAt.toISOString() }),
  });
}
