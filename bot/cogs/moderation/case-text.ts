import type { APIEmbed } from 'discord-api-types/v10';
import { describeDiscordFailure, isForbidden } from '../../framework/discord-failure.js';
import { truncate } from '../../framework/outgoing-message.js';
import { relativeTime } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';
import { type CaseRecord, measures } from './measure.js';

/** The longest reason that a command takes; it fits into a field of an embed. */
export const MAX_REASON_LENGTH = 1_000;
/** Discord's limit. */
export const MAX_AUDIT_REASON_LENGTH = 512;
const NO_REASON = 'No reason given.';

/** What somebody typed as the reason, or the sentence that stands for none. */
export function reasonOf(typed: string | undefined): string {
  return typed ?? NO_REASON;
}

/** What Discord's own audit log says: who wanted it, and which case tells the rest. */
export function auditReason({ number, reason, moderatorId }: CaseRecord, moderatorName: string): string {
  return truncate(`Case #${number} by ${moderatorName} (${moderatorId}): ${reason}`, MAX_AUDIT_REASON_LENGTH);
}

/** What the person is told. The moderator is not named, so that nobody argues with them in private. */
export function noticeText({ type, reason, expiresAt }: CaseRecord, guildName: string): string {
  const until = expiresAt === null ? '' : ` This ends ${relativeTime(expiresAt)}.`;
  const where = type === 'ban' || type === 'tempban' || type === 'kick' ? 'from' : 'in';
  return `You have been ${measures[type].participle} ${where} **${guildName}**.${until}\nReason: ${reason}`;
}

const statusNotes: Readonly<Record<CaseRecord['status'], string | null>> = {
  pending: '⏳ not carried out yet',
  open: null,
  closed: null,
  void: '🚫 void: it was not carried out',
};

/** A case in full: in the log, and for `cases view`. */
export function caseEmbed(record: CaseRecord): APIEmbed {
  const { type, number, userId, moderatorId, reason, expiresAt, createdAt, status } = record;
  const note = statusNotes[status];
  return {
    title: `${measures[type].title} · case #${number}`,
    color: EMBED_COLOR,
    fields: [
      { name: 'Person', value: `<@${userId}> (\`${userId}\`)`, inline: true },
      { name: 'Moderator', value: `<@${moderatorId}>`, inline: true },
      ...(expiresAt === null ? [] : [{ name: 'Ends', value: relativeTime(expiresAt), inline: true }]),
      ...(note === null ? [] : [{ name: 'Status', value: note, inline: true }]),
      { name: 'Reason', value: truncate(reason, MAX_REASON_LENGTH) },
    ],
    timestamp: createdAt.toISOString(),
  };
}

/** One line of `cases list`. */
export function caseLine({ type, number, userId, reason, createdAt, status }: CaseRecord): string {
  const line = `**#${number}** ${measures[type].title} of <@${userId}> ${relativeTime(createdAt)}: `;
  const text = truncate(reason.replaceAll(/\s+/g, ' '), 60);
  return status === 'void' ? `~~${line}${text}~~ (void)` : `${line}${text}`;
}

/** Why Discord did not do it, in words for the moderator. */
export function refusalText(error: unknown): string {
  const { code } = describeDiscordFailure(error);
  if (code === 10_007) return 'They are not a member of this server any more.';
  if (code === 10_013) return 'Discord knows no such user.';
  if (isForbidden(error)) return 'Discord says that I lack a permission, or that my role is not high enough.';
  return `Discord said no${error instanceof Error ? `: ${error.message}` : ''}.`;
}
