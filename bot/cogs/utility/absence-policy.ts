import { formatDuration } from '../../framework/duration.js';
import { truncate } from '../../framework/outgoing-message.js';
import { relativeTime } from '../../framework/timestamps.js';

/** Of one message: more would be a wall of text. */
const MAX_TOLD = 5;

/** Who is away, why, and since when (milliseconds since the epoch, by Discord's clock). */
export interface Absentee {
  readonly userId: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** True for a message that was written after its author said to be away: the message that said so does not end it. */
export function endsAbsence({ sinceMs }: Absentee, messageAtMs: number): boolean {
  return messageAtMs > sinceMs;
}

/** What somebody who mentions absent members is told. */
export function absenceNotice(absentees: readonly Absentee[]): string {
  const lines = absentees.slice(0, MAX_TOLD).map(({ userId, reason, sinceMs }) => {
    return `💤 <@${userId}> is away since ${relativeTime(sinceMs)}: ${truncate(reason, 200)}`;
  });
  const more = absentees.length > MAX_TOLD ? [`… and ${absentees.length - MAX_TOLD} more are away.`] : [];
  return [...lines, ...more].join('\n');
}

/** What somebody who comes back is told. */
export function returnNotice({ userId, sinceMs }: Absentee, nowMs: number): string {
  return `👋 Welcome back, <@${userId}>! You were away for ${roughly(nowMs - sinceMs)}.`;
}

/** `3 days 2 hours`, the two largest units. */
function roughly(durationMs: number): string {
  return formatDuration(durationMs).split(' ').slice(0, 4).join(' ');
}
