import type { APIEmbed } from 'discord-api-types/v10';
import type { BotServices, EmojisPort, LifecycleStatus } from '../../framework/bot-services.js';
import { defineCommand } from '../../framework/command.js';
import { formatDuration } from '../../framework/duration.js';
import { truncate } from '../../framework/outgoing-message.js';
import { EMBED_COLOR } from '../embed-color.js';

/** `$admin status`: the state of the worker and its services. */
export const statusCommand = defineCommand({
  name: 'status',
  description: 'Shows how the bot is doing.',
  ownerOnly: true,
  ephemeral: true,
  async run(ctx) {
    await ctx.reply({ embeds: [statusEmbed(ctx.services)] });
  },
});

function statusEmbed({ emojis, lifecycle, gateway, jobs, tasks }: BotServices): APIEmbed {
  const status = lifecycle.inspect();
  const { status: connection, guilds, pingMs } = gateway.status();
  const rssMib = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const ping = pingMs === null ? '' : `, ${Math.round(pingMs)} ms`;
  return {
    title: `${emojis.get(status.isDegraded ? 'tux_warning' : 'tux_success')} ${status.state}${status.isDegraded ? ' (degraded)' : ''}`,
    color: EMBED_COLOR,
    fields: [
      { name: 'Up', value: formatDuration(status.uptimeMs), inline: true },
      {
        name: 'Gateway',
        value: `${connection}${ping}, ${guilds === 1 ? '1 server' : `${guilds} servers`}`,
        inline: true,
      },
      { name: 'Memory', value: `${rssMib} MiB`, inline: true },
      { name: 'Jobs', value: String(jobs.depth), inline: true },
      { name: 'Tasks', value: String(tasks.size), inline: true },
      { name: 'Services', value: serviceLines(status, emojis) },
    ],
    footer: { text: `Run ${status.runId}` },
  };
}

function serviceLines({ services }: LifecycleStatus, emojis: EmojisPort): string {
  const lines = services.map(({ name, stage, critical }) => {
    const sign = stage === 'running' ? 'tux_success' : critical ? 'tux_error' : 'tux_warning';
    return `${emojis.get(sign)} ${name}: ${stage}`;
  });
  return truncate(lines.join('\n') || 'none', 1_024);
}
