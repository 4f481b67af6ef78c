import type { Guild, GuildBasedChannel } from 'discord.js';
import { defineCommandGroup } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { defineManagerCommand } from '../../framework/guild-command.js';
import { channelOption, type Option } from '../../framework/options.js';
import { checkPostable } from '../postable-channel.js';
import { guildSettingsOf } from './guild-settings.js';

const channel = channelOption({ description: 'Where to report; without it, shows where' });
/** In a prefix command also the word `off`; Discord's own list of channels has no such entry, so there is `/logs off`. */
const channelOrOff: Option<GuildBasedChannel | 'off', false> = {
  ...channel,
  parse: (text, resolver) => (text.toLowerCase() === 'off' ? { value: 'off' } : channel.parse(text, resolver)),
};

/** `$logs activity #log`, `$logs activity off`. */
const activityCommand = defineManagerCommand({
  name: 'activity',
  description: 'Reports joins, leaves, edited and deleted messages in a channel.',
  options: { channel: channelOrOff },
  async run(ctx, guild, { channel: wanted }) {
    if (wanted === undefined) return showState(ctx, guild);
    if (wanted === 'off') return switchOff(ctx, guild);
    checkPostable(wanted);
    await guildSettingsOf(ctx.services).setActivityLogChannel(ctx, guild.id, wanted.id);
    await ctx.reply(`✅ I report joins, leaves, edits and deletions in <#${wanted.id}> from now on.`);
  },
});

const offCommand = defineManagerCommand({
  name: 'off',
  description: 'Reports joins, leaves, edits and deletions no more.',
  run: switchOff,
});

async function showState(ctx: CommandContext, guild: Guild): Promise<void> {
  const { activityLogChannelId } = await guildSettingsOf(ctx.services).read(guild.id);
  const where = activityLogChannelId === null ? 'nowhere' : `in <#${activityLogChannelId}>`;
  await ctx.reply(`Joins, leaves, edits and deletions are reported ${where}.`);
}

async function switchOff(ctx: CommandContext, guild: Guild): Promise<void> {
  await guildSettingsOf(ctx.services).setActivityLogChannel(ctx, guild.id, null);
  await ctx.reply('✅ I report joins, leaves, edits and deletions no more.');
}

/** `$logs activity #log`, `$logs off`: for managers of the server. */
export const logsCommands = defineCommandGroup({
  name: 'logs',
  description: 'Reports what happens in this server.',
  commands: [activityCommand, offCommand],
});
