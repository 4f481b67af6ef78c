import { defineGuildCommand } from '../../framework/guild-command.js';
import { durationOption, userOption } from '../../framework/options.js';
import { reasonOption } from './ban-commands.js';
import { impose } from './impose.js';

const KICK_RANK = 3;
const CALM_RANK = 2;
/** Discord's limit. */
const MAX_TIMEOUT_MS = 28 * 86_400_000;

const memberOption = userOption({ description: 'Whom: a mention or an id', required: true });

/** `$kick @bob spam`. */
export const kickCommand = defineGuildCommand({
  name: 'kick',
  description: 'Removes a member, who can come back.',
  options: { member: memberOption, reason: reasonOption },
  rank: KICK_RANK,
  run: (ctx, guild, { member, reason }) => impose(ctx, guild, { type: 'kick', target: member, reason }),
});

/** `$timeout @bob 10m calm down`. */
export const timeoutCommand = defineGuildCommand({
  name: 'timeout',
  description: 'Silences a member for some time, at most 28 days.',
  aliases: ['mute'],
  options: {
    member: memberOption,
    duration: durationOption({
      description: 'For how long: 10m, 2h, 1 week',
      required: true,
      minMs: 1_000,
      maxMs: MAX_TIMEOUT_MS,
    }),
    reason: reasonOption,
  },
  rank: CALM_RANK,
  run: (ctx, guild, { member, duration, reason }) =>
    impose(ctx, guild, { type: 'timeout', target: member, reason, durationMs: duration }),
});

/** `$untimeout @bob`. */
export const untimeoutCommand = defineGuildCommand({
  name: 'untimeout',
  description: 'Lets a member speak again.',
  aliases: ['unmute'],
  options: { member: memberOption, reason: reasonOption },
  rank: CALM_RANK,
  run: (ctx, guild, { member, reason }) => impose(ctx, guild, { type: 'untimeout', target: member, reason }),
});

/** `$warn @bob be kind`: a case and a direct message, nothing else. */
export const warnCommand = defineGuildCommand({
  name: 'warn',
  description: 'Warns somebody, and notes it.',
  options: { user: memberOption, reason: reasonOption },
  rank: CALM_RANK,
  run: (ctx, guild, { user, reason }) => impose(ctx, guild, { type: 'warn', target: user, reason }),
});
