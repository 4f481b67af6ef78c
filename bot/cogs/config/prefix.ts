import { defineGuildCommand } from '../../framework/guild-command.js';
import { textOption } from '../../framework/options.js';
import { requireGuildManager } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';

/** The same bounds as for TUX_PREFIX. */
const PREFIX = /^[^\s`]{1,10}$/;

/** `$prefix` shows the prefix of the server, `$prefix !` changes it (Manage Server). */
export const prefixCommand = defineGuildCommand({
  name: 'prefix',
  description: 'Shows or changes the command prefix of this server.',
  options: { new: textOption({ description: 'The new prefix, 1 to 10 characters', maxLength: 100 }) },
  async run(ctx, guild, { new: prefix }) {
    const { prefixes } = ctx.services;
    if (prefix === undefined) {
      await ctx.reply(`The prefix here is \`${await prefixes.get(guild.id)}\`. Mentioning me works, too.`);
      return;
    }
    const refusal = requireGuildManager()(ctx);
    if (refusal) return ctx.refuse(refusal);
    if (!PREFIX.test(prefix)) {
      throw new UserError('TUX_PREFIX_INVALID', 'A prefix has 1 to 10 characters, without spaces and backticks.');
    }
    await prefixes.set(guild.id, prefix, ctx.eventId);
    ctx.log.info({ event: 'prefix:changed', prefix }, `✅ prefix changed to ${prefix}`);
    await ctx.reply(`✅ The prefix is \`${prefix}\` now.`);
  },
});
