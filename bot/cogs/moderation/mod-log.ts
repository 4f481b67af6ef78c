import { isTuxError } from '../../../shared/errors.js';
import type { BotServices } from '../../framework/bot-services.js';
import { caseEmbed } from './case-text.js';
import type { CaseRecord } from './measure.js';

/** How a case fared in the log channel; `off`: the guild has none. */
export type LogOutcome = 'logged' | 'off' | { readonly failedIn: string };

/**
 * Shows a case in the guild's log channel and remembers where. A log that cannot be written to is no reason to stop
 * anything: it is logged and returned.
 *
 * @throws TuxError when the database does not answer, and TUX_NOT_LOGGED_IN during a shutdown: then somebody has to come back to it.
 */
export async function logCase(services: BotServices, record: CaseRecord): Promise<LogOutcome> {
  const { database, messenger, log } = services;
  if (record.logMessageId !== null) return 'logged';
  const channelId = (await database.guildConfig.getById(record.guildId))?.modLogChannelId ?? null;
  if (channelId === null) return 'off';
  try {
    // The same key in every run: a log entry that was sent just before a crash is not sent again.
    const sent = await messenger.send(channelId, { embeds: [caseEmbed(record)] }, `case-${record.id}-log`);
    await database.cases.setLogMessage(record.id, sent);
    return 'logged';
  } catch (err) {
    if (isTuxError(err) && err.code === 'TUX_NOT_LOGGED_IN') throw err;
    const fields = { event: 'moderation:log:failed', err, caseId: record.id, channelId };
    log.warn(fields, `⚠️ case #${record.number} could not be shown in the log channel`);
    return { failedIn: channelId };
  }
}

/** Draws the log entry of a case again. @returns false when there is one and it could not be changed. */
export async function redrawLogEntry({ messenger, log }: BotServices, record: CaseRecord): Promise<boolean> {
  const { logChannelId, logMessageId } = record;
  if (logChannelId === null || logMessageId === null) return true;
  try {
    await messenger.edit(logChannelId, logMessageId, { embeds: [caseEmbed(record)] });
    return true;
  } catch (err) {
    const fields = { event: 'moderation:log:failed', err, caseId: record.id, channelId: logChannelId };
    log.warn(fields, `⚠️ the log entry of case #${record.number} could not be changed`);
    return false;
  }
}
