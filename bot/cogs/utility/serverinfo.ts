import { ChannelType, type Guild } from 'discord.js';
import type { APIEmbed } from 'discord-api-types/v10';
import type { CommandContext } from '../../framework/command-context.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { dateAndAge } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';

/** `$serverinfo`. */
export const serverinfoCommand = defineGuildCommand({
  name: 'serverinfo',
  description: 'Shows what this server consists of.',
  async run(ctx, guild) {
    await ctx.reply({ embeds: [serverEmbed(guild, await countEmojis(ctx, guild))] });
  },
});

/** Emojis are not kept in memory, so Discord is asked. Null when it does not say; the rest can be shown all the same. */
async function countEmojis({ log }: CommandContext, guild: Guild): Promise<number | null> {
  try {
    return (await guild.emojis.fetch()).size;
  } catch (err) {
    log.warn({ event: 'serverinfo:emojis:failed', err }, '⚠️ the emojis of a server could not be counted');
    return null;
  }
}

function serverEmbed(guild: Guild, emojis: number | null): APIEmbed {
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
      { name: 'Emojis', value: emojis === null ? 'unknown' : String(emojis), inline: true },
      { name: 'Created', value: dateAndAge(guild.createdAt) },
    ],
    footer: { text: `Id ${guild.id}` },
    color: EMBED_COLOR,
  };
}
