import { defineManagerCommand } from '../../framework/guild-command.js';
import { writeOnce } from '../../framework/once.js';
import { channelOption, choiceOption } from '../../framework/options.js';
import { checkPostable } from '../postable-channel.js';

/** `$modlog`, `$modlog #mod-log`, `$modlog off` (Manage Server). */
export const modlogCommand = defineManagerCommand({
  name: 'modlog',
  description: 'Shows or sets the channel in which cases are reported.',
  options: {
    channel: channelOption({ description: 'From now on here' }),
    turn: choiceOption({ description: 'Reports nowhere', choices: ['off'] }),
  },
  async run(ctx, guild, { channel, turn }) {
    if (turn === 'off') {
      await writeOnce(ctx, (db) => db.guildConfig.updateModLogChannel(guild.id, null));
      await ctx.reply('✅ Cases are reported nowhere now. They are still recorded: `cases list`.');
      return;
    }
    if (channel === undefined) {
      const current = (await ctx.services.database.guildConfig.getById(guild.id))?.modLogChannelId ?? null;
      const where = current === null ? 'nowhere. Set a channel with `/modlog`' : `in <#${current}>`;
      await ctx.reply(`Cases are reported ${where}.`);
      return;
    }
    checkPostable(channel);
    await writeOnce(ctx, (db) => db.guildConfig.updateModLogChannel(guild.id, channel.id));
    await ctx.reply(`✅ Cases are reported in <#${channel.id}> now.`);
  },
});
