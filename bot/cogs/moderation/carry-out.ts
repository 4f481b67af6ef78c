import type { Guild } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { isRefusal } from '../../framework/discord-failure.js';
import { findMember } from '../find-member.js';
import { auditReason, noticeText, refusalText } from './case-text.js';
import { scheduleLift } from './lift-schedule.js';
import { type CaseRecord, measures } from './measure.js';
import { type LogOutcome, logCase } from './mod-log.js';

/** What became of a case. */
export type Outcome =
  | {
      readonly type: 'done';
      /** Whether the person got their direct message; null: they are no member, or not meant to get one. */
      readonly isTold: boolean | null;
      readonly log: LogOutcome;
      /** False: all is done, but the database could not be told. The reconcile will. */
      readonly isSettled: boolean;
    }
  /** Discord refused for good; the case is void. */
  | { readonly type: 'refused'; readonly why: string }
  /** Discord did not answer; the case stays pending and will be tried again. */
  | { readonly type: 'unanswered' };

/**
 * Carries out a pending case: tell the person, act, log, settle, in this order. Every step may be repeated without a second
 * effect, so after a crash between any two of them the whole is simply done again. To be called in the person's turn.
 *
 * @param deleteMessageSeconds of a ban: how far back messages are deleted.
 */
export async function carryOut(
  services: BotServices,
  guild: Guild,
  record: CaseRecord,
  deleteMessageSeconds = 0,
): Promise<Outcome> {
  const { type, expiresAt } = record;
  const measure = measures[type];
  // What ran out while we were away must not begin now. It may have begun before the crash: then it is ended as usual.
  const isOver = expiresAt !== null && expiresAt.getTime() <= services.clock.now();
  const isTold = measure.isTold && !isOver ? await tell(services, guild, record) : null;
  if (!isOver) {
    const moderatorName = guild.client.users.cache.get(record.moderatorId)?.username ?? 'somebody';
    try {
      await measure.act(guild, record, { auditReason: auditReason(record, moderatorName), deleteMessageSeconds });
    } catch (error) {
      return fail(services, record, error);
    }
  }
  return { type: 'done', isTold, ...(await conclude(services, record)) };
}

/** All that comes after the act must not make it look undone. */
async function conclude(services: BotServices, record: CaseRecord): Promise<{ log: LogOutcome; isSettled: boolean }> {
  const { lasts, ends } = measures[record.type];
  const status = lasts ? 'open' : 'closed';
  let log: LogOutcome = 'off';
  try {
    log = await logCase(services, { ...record, status }); // as it is now, though settled only after this
    await services.database.cases.settle(record.id, { status, ends });
  } catch (err) {
    const fields = { event: 'moderation:settle:failed', err, caseId: record.id };
    services.log.warn(fields, `⚠️ case #${record.number} is carried out, but not settled yet`);
    return { log, isSettled: false };
  }
  if (record.type === 'tempban') {
    await scheduleLift(services, record).catch((err: unknown) => {
      // The reconcile looks for bans without a job.
      const fields = { event: 'moderation:schedule:failed', err, caseId: record.id };
      services.log.warn(fields, `⚠️ the end of case #${record.number} is not scheduled yet`);
    });
  }
  return { log, isSettled: true };
}

async function fail({ database, log }: BotServices, record: CaseRecord, err: unknown): Promise<Outcome> {
  const isAnswer = isRefusal(err);
  const fields = { event: 'moderation:act:failed', err, caseId: record.id, isAnswer };
  log.warn(fields, `⚠️ case #${record.number} (${record.type}) was not carried out`);
  if (!isAnswer) return { type: 'unanswered' };
  await database.cases.settle(record.id, { status: 'void', ends: [] });
  return { type: 'refused', why: refusalText(err) };
}

/** Only members are told: else whoever has a server of their own could write to strangers by way of the bot. */
async function tell({ messenger, log }: BotServices, guild: Guild, record: CaseRecord): Promise<boolean | null> {
  try {
    // Asked anew: who was banned or kicked before a crash may still be remembered.
    if ((await findMember(guild, record.userId, true)) === null) return null;
    await messenger.sendToUser(record.userId, { content: noticeText(record, guild.name) }, `case-${record.id}-dm`);
    return true;
  } catch (err) {
    // Normal: many people take no messages from bots.
    log.debug({ event: 'moderation:tell:failed', err, caseId: record.id }, 'the person could not be told');
    return false;
  }
}
