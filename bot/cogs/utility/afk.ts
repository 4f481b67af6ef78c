import { snowflakeTimeMs } from '../../framework/event-age.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { textOption } from '../../framework/options.js';
import { absencesOf } from './absences.js';

const DEFAULT_REASON = 'no reason given';

/** `$afk lunch`: whoever mentions you is told, until you write something. */
export const afkCommand = defineGuildCommand({
  name: 'afk',
  description: 'Tells whoever mentions you that you are away, until you write again.',
  aliases: ['away'],
  options: { reason: textOption({ description: 'Why you are away', rest: true, maxLength: 200 }) },
  async run(ctx, guild, { reason }) {
    const absentee = {
      userId: ctx.user.id,
      reason: (reason ?? DEFAULT_REASON).replaceAll(/\s+/g, ' '),
      sinceMs: snowflakeTimeMs(ctx.eventId),
    };
    await absencesOf(ctx.services).begin(ctx, guild.id, absentee);
    await ctx.reply(`💤 You are away: ${absentee.reason}. I will tell whoever mentions you, until you write again.`);
  },
});
