import { OverwriteType, PermissionFlagsBits } from 'discord.js';
import type { CommandContext } from '../../framework/command-context.js';
import { formatDuration } from '../../framework/duration.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { channelOption, durationOption } from '../../framework/options.js';
import { reasonOption } from './ban-commands.js';
import { changeReason, type ModeratedChannel, moderatedChannel } from './text-channel.js';

const SLOWMODE_RANK = 2;
const LOCK_RANK = 3;
/** Discord's limit. */
const MAX_SLOWMODE_MS = 6 * 3_600_000;
const { Administrator, ManageChannels, ManageRoles, SendMessages } = PermissionFlagsBits;

/** `$slowmode 30s`, `$slowmode 0s #general`. */
export const slowmodeCommand = defineGuildCommand({
  name: 'slowmode',
  description: 'Sets how long everybody has to wait between two messages.',
  options: {
    pause: durationOption({ description: '0s (off) to 6h', required: true, minMs: 0, maxMs: MAX_SLOWMODE_MS }),
    channel: channelOption({ description: 'Where; default: here' }),
  },
  rank: SLOWMODE_RANK,
  async run(ctx, guild, { pause, channel: named }) {
    const found = await moderatedChannel(ctx, guild, named, ManageChannels);
    if ('refusal' in found) return ctx.refuse(found.refusal);
    await found.channel.setRateLimitPerUser(pause / 1_000, changeReason(ctx));
    const state = pause === 0 ? 'is off' : `is ${formatDuration(pause)}`;
    await ctx.reply(`🐌 The slow mode of <#${found.channel.id}> ${state} now.`);
  },
});

/** `$lock`, `$lock #general raid`. */
export const lockCommand = defineGuildCommand({
  name: 'lock',
  description: 'Keeps everybody without a role of their own from writing in a channel.',
  options: { channel: channelOption({ description: 'Which; default: this one' }), reason: reasonOption },
  rank: LOCK_RANK,
  async run(ctx, guild, { channel: named, reason }) {
    const found = await moderatedChannel(ctx, guild, named, ManageRoles | SendMessages);
    if ('refusal' in found) return ctx.refuse(found.refusal);
    // Handled once more, the lock is our own: the answer is the same.
    if (!ctx.isReplayed && isLocked(found.channel)) {
      await ctx.reply(`<#${found.channel.id}> is locked already.`);
      return;
    }
    await setLocked(ctx, found.channel, true, reason);
    await ctx.reply(`🔒 <#${found.channel.id}> is locked${reason === undefined ? '.' : `: ${reason}`}`);
  },
});

/** `$unlock`, `$unlock #general`. */
export const unlockCommand = defineGuildCommand({
  name: 'unlock',
  description: 'Lets everybody write in a channel again.',
  options: { channel: channelOption({ description: 'Which; default: this one' }), reason: reasonOption },
  rank: LOCK_RANK,
  async run(ctx, guild, { channel: named, reason }) {
    const found = await moderatedChannel(ctx, guild, named, ManageRoles);
    if ('refusal' in found) return ctx.refuse(found.refusal);
    if (!ctx.isReplayed && !isLocked(found.channel)) {
      await ctx.reply(`<#${found.channel.id}> is not locked.`);
      return;
    }
    await setLocked(ctx, found.channel, false, reason);
    await ctx.reply(`🔓 <#${found.channel.id}> is open again.`);
  },
});

/** The channel itself says so: nothing about it needs to be remembered. */
function isLocked({ permissionOverwrites, guild }: ModeratedChannel): boolean {
  return permissionOverwrites.cache.get(guild.id)?.deny.has(SendMessages) ?? false;
}

/**
 * Changes this one permission of `@everyone` and leaves the others as they are. A bot that is no administrator would be
 * locked out as well and could not answer any more, so it lets itself in first.
 */
async function setLocked(ctx: CommandContext, channel: ModeratedChannel, isLocked: boolean, reason?: string) {
  const { permissionOverwrites, guild } = channel;
  const audit = { reason: changeReason(ctx, reason) };
  const me = await guild.members.fetchMe();
  if (isLocked && !me.permissions.has(Administrator)) {
    const own = { ...audit, type: OverwriteType.Member };
    await permissionOverwrites.edit(me.id, { SendMessages: true }, own);
  }
  const change = { SendMessages: isLocked ? false : null };
  await permissionOverwrites.edit(guild.id, change, { ...audit, type: OverwriteType.Role });
}
