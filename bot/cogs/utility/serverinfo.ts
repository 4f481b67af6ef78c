import { ChannelType, type Guild } from 'discord.js';
import type { APIEmbed } from 'discord-api-types/v10';
import { defineCommand } from '../../framework/command.js';
import { guildOnly } from '../../framework/precondition.js';
import { dateAndAge } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';

/** `$serverinfo`. */
export const serverinfoCommand = defineCommand({
  name: 'serverinfo',
  description: 'Shows what this server consists of.',
  preconditions: [guildOnly()],
  async run(ctx) {
    if (ctx.guild !== null) await ctx.reply({ embeds: [serverEmbed(ctx.guild)] });
  },
});

function serverEmbed(guild: Guild): APIEmbed {
  const icon = guild.iconURL({ size: 256 });
  const channels = [...guild.channels.cache.values()];
  const count = (...types: readonly ChannelType[]) => channels.filter(({ type }) => types.includes(type)).length;
  const text = count(ChannelType.GuildText, ChannelType.GuildAnnouncement, ChannelType.GuildForum);
  const voice = count(ChannelType.GuildVoice, ChannelType.GuildStageVoice);
  return {
    title: guild.name,
    ...(guild.description !== null && { description: guild.description }),
    ...(icon !== null && { thumbnail: { url: icon } }),
    fields: [
      { name: 'Owner', value: `<@${guild.ownerId}>`, inline: true },
      { name: 'Members', value: String(guild.memberCount), inline: true },
      { name: 'Boosts', value: String(guild.premiumSubscriptionCount ?? 0), inline: true },
      { name: 'Channels', value: `${text} text, ${voice} voice`, inline: true },
      { name: 'Roles', value: String(guild.roles.cache.size - 1), inline: true }, // without @everyone
      { name: 'Emojis', value: String(guild.emojis.cache.size), inline: true },
      { name: 'Created', value: dateAndAge(guild.createdAt) },
    ],
    footer: { text: `Id ${guild.id}` },
    color: EMBED_COLOR,
  };
}
