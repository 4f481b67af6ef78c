import { version as discordVersion } from 'discord.js';
import type { APIEmbed } from 'discord-api-types/v10';
import { packageVersion } from '../../../shared/package.js';
import type { BotServices } from '../../framework/bot-services.js';
import { defineCommand } from '../../framework/command.js';
import { formatDuration } from '../../framework/duration.js';
import { absoluteTime } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';

/** `$about`: which Tux this is, and since when it runs. */
export const aboutCommand = defineCommand({
  name: 'about',
  description: 'Shows which version of me runs, and since when.',
  aliases: ['version'],
  async run(ctx) {
    await ctx.reply({ embeds: [aboutEmbed(ctx.services)] });
  },
});

/** `$uptime` */
export const uptimeCommand = defineCommand({
  name: 'uptime',
  description: 'Shows how long I have been running.',
  async run(ctx) {
    const { lifecycle, clock } = ctx.services;
    const { uptimeMs } = lifecycle.inspect();
    await ctx.reply(`⏱️ Up for ${formatDuration(uptimeMs)}, since ${absoluteTime(clock.now() - uptimeMs)}.`);
  },
});

function aboutEmbed({ lifecycle, gateway, emojis }: BotServices): APIEmbed {
  const { uptimeMs, runId } = lifecycle.inspect();
  const { guilds } = gateway.status();
  return {
    title: `${emojis.get('tux_info')} Tux ${packageVersion()}`,
    description: 'A bot that looks after a server, and does not forget what it was told to do.',
    fields: [
      { name: 'Up', value: formatDuration(uptimeMs), inline: true },
      { name: 'Servers', value: String(guilds), inline: true },
      { name: 'Built with', value: `discord.js ${discordVersion}, Node.js ${process.versions.node}` },
    ],
    footer: { text: `Run ${runId}` },
    color: EMBED_COLOR,
  };
}
