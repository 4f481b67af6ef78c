import type { Guild } from 'discord.js';
import { z } from 'zod';
import type { BotServices } from '../../framework/bot-services.js';
import type { JobKind } from '../../scheduling/job-kind.js';
import { carryOut, type Outcome } from './carry-out.js';
import { LIFT_KIND } from './lift-schedule.js';
import type { CaseRecord } from './measure.js';
import { turnsOf } from './turns.js';

const YEAR_MS = 365 * 86_400_000;
/** With the queue's back-off about half an hour; the reconcile asks again after that. */
const MAX_ATTEMPTS = 30;

const payloadSchema = z.object({
  /** The row of the temporary ban. */
  caseId: z.int(),
});

/** Lifts one temporary ban, unless somebody has done so, or has banned the person anew. */
export function liftJob(services: BotServices): JobKind<z.infer<typeof payloadSchema>> {
  const { database, guilds } = services;
  return {
    name: LIFT_KIND,
    payload: payloadSchema,
    // The database says what is left to do, and Discord does not mind being told twice that a ban is over.
    idempotent: true,
    maxAttempts: MAX_ATTEMPTS,
    maxAgeMs: YEAR_MS,
    async run({ payload, log }) {
      const tempban = await database.cases.getById(payload.caseId);
      const guild = tempban && guilds.get(tempban.guildId);
      if (!tempban || !guild) return;
      const outcome = await turnsOf(services).take(tempban, () => lift(services, guild, payload.caseId));
      if (outcome?.type === 'unanswered') throw new Error('Discord did not answer');
      if (outcome?.type === 'refused') {
        log.warn({ event: 'moderation:lift:refused', why: outcome.why }, `⚠️ case #${tempban.number} was not lifted`);
      }
    },
  };
}

/** In the turn of the person: what holds now may not have held while it waited. @returns null when there was nothing to lift. */
async function lift(services: BotServices, guild: Guild, caseId: number): Promise<Outcome | null> {
  const { cases } = services.database;
  const tempban = await cases.getById(caseId);
  if (tempban?.status !== 'open') return null;
  const newest = await cases.newestBan(tempban.guildId, tempban.userId);
  if (newest === null || newest.id === tempban.id) {
    return carryOut(services, guild, await liftCase(services, guild, tempban));
  }
  // The newer one, which Discord may not have answered yet, decides when the person comes back.
  await cases.close(tempban.id);
  return null;
}

/** The case of the unban, made once. One that Discord refused before gets another try. */
async function liftCase({ database }: BotServices, guild: Guild, tempban: CaseRecord): Promise<CaseRecord> {
  const { case: lift } = await database.cases.create({
    guildId: guild.id,
    type: 'unban',
    userId: tempban.userId,
    moderatorId: guild.client.user.id,
    reason: `Ban expired (case #${tempban.number}).`,
    eventKey: `lift:${tempban.id}`,
  });
  if (lift.status === 'void') await database.cases.settle(lift.id, { status: 'pending', ends: [] });
  return lift;
}
