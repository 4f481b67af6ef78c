import type { GuildBasedChannel } from 'discord.js';
import { defineCommand, defineCommandGroup } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { channelOption, type Option } from '../../framework/options.js';
import { requireGuildManager } from '../../framework/precondition.js';
import { checkPostable } from '../postable-channel.js';
import { guildSettingsOf } from './guild-settings.js';

const preconditions = [requireGuildManager()];

const channel = channelOption({ description: 'Where to report; without it, shows where' });
/** In a prefix command also the word `off`; Discord's own list of channels has no such entry, so there is `/logs off`. */
const channelOrOff: Option<GuildBasedChannel | 'off', false> = {
  ...channel,
  parse: (text, resolver) => (text.toLowerCase() === 'off' ? { value: 'off' } : channel.parse(text, resolver)),
};

/** `$logs activity #log`, `$logs activity off`. */
const activityCommand = defineCommand({
  name: 'activity',
  description: 'Reports joins, leaves, edited and deleted messages in a channel.',
  options: { channel: channelOrOff },
  preconditions,
  async run(ctx, { channel: wanted }) {
    if (wanted === undefined) return showState(ctx);
    if (wanted === 'off') return switchOff(ctx);
    checkPostable(wanted);
    await guildSettingsOf(ctx.services).setActivityLogChannel(ctx, wanted.guildId, wanted.id);
    await ctx.reply(`✅ I report joins, leaves, edits and deletions in <#${wanted.id}> from now on.`);
  },
});

const offCommand = defineCommand({
  name: 'off',
  description: 'Reports joins, leaves, edits and deletions no more.',
  preconditions,
  run: switchOff,
});

async function showState(ctx: CommandContext): Promise<void> {
  if (ctx.guild === null) return; // requireGuildManager() has seen to it
  const { activityLogChannelId } = await guildSettingsOf(ctx.services).read(ctx.guild.id);
  const where = activityLogChannelId === null ? 'nowhere' : `in <#${activityLogChannelId}>`;
  await ctx.reply(`Joins, leaves, edits and deletions are reported ${where}.`);
}

async function switchOff(ctx: CommandContext): Promise<void> {
  if (ctx.guild === null) return; // requireGuildManager() has seen to it
  await guildSettingsOf(ctx.services).setActivityLogChannel(ctx, ctx.guild.id, null);
  await ctx.reply('✅ I report joins, leaves, edits and deletions no more.');
}

export const logsCommands = defineCommandGroup({
  name: 'logs',
  description: 'Reports what happens in this server.',
  commands: [activityCommand, offCommand],
});
