import type { BotServices } from '../../framework/bot-services.js';
import type { CaseRecord } from './measure.js';

export const LIFT_KIND = 'moderation.lift';

/** Has a temporary ban lifted when it ends. Asked twice, it is lifted once. */
export async function scheduleLift({ jobs }: BotServices, { id, guildId, expiresAt }: CaseRecord): Promise<void> {
  await jobs.enqueue({
    kind: LIFT_KIND,
    payload: { caseId: id },
    dedupeKey: `lift:${id}`,
    guildId,
    ...(expiresAt && { notBefore: expiresAt.toISOString() }),
  });
}
