import { defineManagerCommand } from '../../framework/guild-command.js';
import { done, once, refused, type Write, writeOnce } from '../../framework/once.js';
import { integerOption, roleOption, textOption } from '../../framework/options.js';
import { MAX_RANK } from '../../framework/permission-policy.js';
import { refuseBelow } from './ceiling.js';

const MAX_NAME_LENGTH = 50;

/** `$permission rank 8 Council`: what the server calls a rank. */
export const nameRankCommand = defineManagerCommand({
  name: 'rank',
  description: 'Names a rank, or takes its name away.',
  options: {
    rank: integerOption({ description: '0 to 10', required: true, min: 0, max: MAX_RANK }),
    name: textOption({ description: 'Its name; leave it out to take it away', rest: true, maxLength: MAX_NAME_LENGTH }),
  },
  async run(ctx, guild, { rank, name: typed }) {
    const { permissions } = ctx.services;
    const name = typed?.trim().replaceAll(/\s+/g, ' ') ?? null;
    const write: Write<unknown> = ({ permissions: stored }) =>
      name === null ? stored.removeRankName(guild.id, rank) : stored.setRankName(guild.id, rank, name);
    await permissions.change(guild.id, () => writeOnce(ctx, write));
    const fields = { event: 'permission:changed', change: 'rank-name', rank, name };
    ctx.log.info(fields, `✅ permission rank ${rank} is called ${name ?? 'nothing'} now`);
    await ctx.reply(name === null ? `✅ Rank ${rank} has no name now.` : `✅ Rank ${rank} is **${name}** now.`);
  },
});

/** `$permission role @Mods 3`: who has the role has the rank. */
export const giveRankCommand = defineManagerCommand({
  name: 'role',
  description: 'Gives the members that have a role a rank.',
  options: {
    role: roleOption({ description: 'The role', required: true }),
    rank: integerOption({ description: '0 to 10, at most your own', required: true, min: 0, max: MAX_RANK }),
  },
  async run(ctx, guild, { role, rank }) {
    const { permissions } = ctx.services;
    const decide = async () => {
      const { rankByRole } = await permissions.describe(guild.id);
      const refusal = await refuseBelow(Math.max(rank, rankByRole.get(role.id) ?? 0), ctx);
      if (refusal) return refused(ctx, refusal);
      return done((db) => db.permissions.setRank(guild.id, role.id, rank));
    };
    if ((await permissions.change(guild.id, () => once(ctx, decide))) === null) return;
    const fields = { event: 'permission:changed', change: 'role', roleId: role.id, rank };
    ctx.log.info(fields, `✅ permission role ${role.name} gives rank ${rank} now`);
    await ctx.reply(`✅ ${role} gives rank ${rank} now.`);
  },
});

/** `$permission unrole @Mods`. */
export const takeRankCommand = defineManagerCommand({
  name: 'unrole',
  description: 'Takes the rank of a role away.',
  options: { role: roleOption({ description: 'The role', required: true }) },
  async run(ctx, guild, { role }) {
    const { permissions } = ctx.services;
    const decide = async () => {
      const rank = (await permissions.describe(guild.id)).rankByRole.get(role.id);
      if (rank === undefined) {
        await ctx.reply(`${role} has no rank.`);
        return null;
      }
      const refusal = await refuseBelow(rank, ctx);
      if (refusal) return refused(ctx, refusal);
      return done((db) => db.permissions.removeRank(guild.id, role.id));
    };
    if ((await permissions.change(guild.id, () => once(ctx, decide))) === null) return;
    const fields = { event: 'permission:changed', change: 'role', roleId: role.id, rank: null };
    ctx.log.info(fields, `✅ permission role ${role.name} gives no rank now`);
    await ctx.reply(`✅ ${role} gives no rank any more.`);
  },
});
