import { defineCommand } from '../../framework/command.js';
import { durationOption, userOption } from '../../framework/options.js';
import { guildOnly } from '../../framework/precondition.js';
import { reasonOption } from './ban-commands.js';
import { impose } from './impose.js';

const KICK_RANK = 3;
const CALM_RANK = 2;
/** Discord's limit. */
const MAX_TIMEOUT_MS = 28 * 86_400_000;

const memberOption = userOption({ description: 'Whom: a mention or an id', required: true });

/** `$kick @bob spam`. */
export const kickCommand = defineCommand({
  name: 'kick',
  description: 'Removes a member, who can come back.',
  options: { member: memberOption, reason: reasonOption },
  preconditions: [guildOnly()],
  rank: KICK_RANK,
  run: (ctx, { member, reason }) => impose(ctx, { type: 'kick', target: member, reason }),
});

/** `$timeout @bob 10m calm down`. */
export const timeoutCommand = defineCommand({
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
  preconditions: [guildOnly()],
  rank: CALM_RANK,
  run: (ctx, { member, duration, reason }) =>
    impose(ctx, { type: 'timeout', target: member, reason, durationMs: duration }),
});

/** `$untimeout @bob`. */
export const untimeoutCommand = defineCommand({
  name: 'untimeout',
  description: 'Lets a member speak again.',
  aliases: ['unmute'],
  options: { member: memberOption, reason: reasonOption },
  preconditions: [guildOnly()],
  rank: CALM_RANK,
  run: (ctx, { member, reason }) => impose(ctx, { type: 'untimeout', target: member, reason }),
});

/** `$warn @bob be kind`: a case and a direct message, nothing else. */
export const warnCommand = defineCommand({
  name: 'warn',
  description: 'Warns somebody, and notes it.',
  options: { user: memberOption, reason: reasonOption },
  preconditions: [guildOnly()],
  rank: CALM_RANK,
  run: (ctx, { user, reason }) => impose(ctx, { type: 'warn', target: user, reason }),
});
