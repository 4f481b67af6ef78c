import { formatDuration } from '../../../shared/cli/format.js';
import { type Check, type Finding, ok, skipped, warn } from '../check.js';

/** Beyond this, jobs and reminders come noticeably early or late, and what Discord dates looks older or younger than it is. */
const TOLERATED_MS = 5_000;

/** Our clock against that of Discord. */
export const clockCheck: Check = {
  name: 'clock',
  async run({ discord }) {
    if (discord === null) return skipped('Discord is not asked (--offline)');
    const answer = await discord.get('/gateway'); // it needs no token
    if ('problem' in answer) return skipped(`${discord.host} cannot be reached (${answer.problem})`);
    if (answer.date === null) return skipped(`${discord.host} did not say what time it is`);
    return judgeSkew(skewMs(answer.date, answer.sentAt, answer.receivedAt));
  },
};

/**
 * How far our clock is ahead (behind: below zero) at the least, in ms: a Date header is cut to whole seconds, and was written
 * some time between the request and its answer.
 */
export function skewMs(date: number, sentAt: number, receivedAt: number): number {
  if (sentAt > date + 999) return sentAt - (date + 999);
  return receivedAt < date ? receivedAt - date : 0;
}

/** What to say of a clock that is so far off. Pure. @param skew in ms, as {@link skewMs} has it. */
export function judgeSkew(skew: number): Finding {
  if (Math.abs(skew) <= TOLERATED_MS)
    return ok(skew === 0 ? 'agrees with Discord' : `within ${formatDuration(TOLERATED_MS)} of Discord`);
  const how = skew > 0 ? 'ahead of' : 'behind';
  return warn(`${formatDuration(Math.abs(skew))} ${how} Discord`, 'sudo timedatectl set-ntp true');
}
