import { defineManagerCommand } from '../../framework/guild-command.js';
import { truncate } from '../../framework/outgoing-message.js';
import { EMBED_COLOR } from '../embed-color.js';
import { describePermissions } from './overview.js';

/** Discord's limit for the description of an embed. */
const MAX_DESCRIPTION_LENGTH = 4_096;

/** `$permission show`. */
export const showCommand = defineManagerCommand({
  name: 'show',
  description: 'Shows ranks, roles, and what commands take.',
  ephemeral: true,
  async run(ctx, guild) {
    const { permissions, commands } = ctx.services;
    const roleIds = new Set(guild.roles.cache.keys());
    const text = describePermissions(await permissions.describe(guild.id), commands.listRunnable(), roleIds);
    const description = truncate(text, MAX_DESCRIPTION_LENGTH);
    await ctx.reply({ embeds: [{ title: 'Permissions', description, color: EMBED_COLOR }] });
  },
});
