import { defineManagerCommand } from '../../framework/guild-command.js';
import { done, once, refused } from '../../framework/once.js';
import { integerOption } from '../../framework/options.js';
import { MAX_RANK, rankToChange } from '../../framework/permission-policy.js';
import { refuse } from '../../framework/precondition.js';
import { refuseBelow } from './ceiling.js';
import { findTarget, lastTargetOption, targetOption } from './command-target.js';

/** `$permission command mod ban 4`, or for a whole group `$permission command mod 3`. */
export const requireRankCommand = defineManagerCommand({
  name: 'command',
  description: 'Sets the rank that a command takes.',
  options: {
    command: targetOption('A command, or a group for all of its commands'),
    rank: integerOption({
      description: '0 (everybody) to 10, at most your own',
      required: true,
      min: 0,
      max: MAX_RANK,
    }),
  },
  async run(ctx, guild, { command, rank }) {
    const { permissions, commands } = ctx.services;
    const target = findTarget(commands, command);
    if (target.commands.every((one) => one.command.ownerOnly)) {
      return ctx.refuse(refuse('permissions.not-assignable', { command: target.name }));
    }
    const decide = async () => {
      const current = rankToChange(target.name, target.commands, await permissions.describe(guild.id));
      const refusal = await refuseBelow(Math.max(rank, current), ctx);
      if (refusal) return refused(ctx, refusal);
      return done((db) => db.permissions.setRequirement(guild.id, target.name, rank));
    };
    if ((await permissions.change(guild.id, () => once(ctx, decide))) === null) return;
    const fields = { event: 'permission:changed', change: 'command', target: target.name, rank };
    ctx.log.info(fields, `✅ permission for ${target.name} takes rank ${rank} now`);
    await ctx.reply(`✅ \`${target.name}\` takes rank ${rank} now.`);
  },
});

/** `$permission uncommand mod ban`: back to what its group takes, or to what holds for a command nobody configured. */
export const releaseCommand = defineManagerCommand({
  name: 'uncommand',
  description: 'Takes back the rank that was set for a command.',
  options: { command: lastTargetOption('A command or a group', true) },
  async run(ctx, guild, { command }) {
    const { permissions, commands } = ctx.services;
    const { name } = findTarget(commands, command);
    const decide = async () => {
      const rank = (await permissions.describe(guild.id)).rankByCommand.get(name);
      if (rank === undefined) {
        await ctx.reply(`No rank is set for \`${name}\` itself.`);
        return null;
      }
      const refusal = await refuseBelow(rank, ctx);
      if (refusal) return refused(ctx, refusal);
      return done((db) => db.permissions.removeRequirement(guild.id, name));
    };
    if ((await permissions.change(guild.id, () => once(ctx, decide))) === null) return;
    const fields = { event: 'permission:changed', change: 'command', target: name, rank: null };
    ctx.log.info(fields, `✅ permission for ${name} is not set any more`);
    await ctx.reply(`✅ No rank is set for \`${name}\` any more.`);
  },
});
