import type { APIEmbed } from 'discord-api-types/v10';
import type { DatabasePort } from '../../framework/bot-services.js';
import { defineManagerCommand } from '../../framework/guild-command.js';
import { truncate } from '../../framework/outgoing-message.js';
import { EMBED_COLOR } from '../embed-color.js';

/** Longest value of a field. */
const MAX_FIELD_LENGTH = 1_024;

type GuildConfig = Awaited<ReturnType<DatabasePort['guildConfig']['getById']>>;

/** `$config show`: all that is set for this server, and the command that changes it. */
export const showConfigCommand = defineManagerCommand({
  name: 'show',
  description: 'Shows all settings of this server.',
  ephemeral: true,
  async run(ctx, guild) {
    const { database, prefixes } = ctx.services;
    const prefix = await prefixes.get(guild.id);
    const config = await database.guildConfig.getById(guild.id);
    await ctx.reply({ embeds: [configEmbed(guild.name, prefix, config)] });
  },
});

function configEmbed(serverName: string, prefix: string, config: GuildConfig): APIEmbed {
  const levels = config?.levelsEnabled ?? true;
  const announced = config?.levelUpsAnnounced ?? true;
  return {
    title: `Settings of ${serverName}`,
    fields: [
      { name: 'Prefix', value: `\`${prefix}\``, inline: true },
      { name: 'Levels', value: levels ? `on, new ones ${announced ? '' : 'not '}announced` : 'off', inline: true },
      { name: 'Moderation log', value: channel(config?.modLogChannelId), inline: true },
      { name: 'Activity log', value: channel(config?.activityLogChannelId), inline: true },
      { name: 'Greetings', value: channel(config?.welcomeChannelId), inline: true },
      { name: 'Greeting', value: truncate(config?.welcomeMessage ?? 'the usual one', MAX_FIELD_LENGTH) },
    ],
    color: EMBED_COLOR,
  };
}

function channel(id: string | null | undefined): string {
  return id ? `<#${id}>` : 'nowhere';
}
