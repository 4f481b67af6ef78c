import { integerOption, roleOption, textOption } from '../../framework/options.js';
import { MAX_RANK } from '../../framework/permission-policy.js';
import { managerCommand, refuseBelow } from './manager-command.js';

const MAX_NAME_LENGTH = 50;

/** `$permission rank 8 Council`: what the server calls a rank. */
export const nameRankCommand = managerCommand({
  name: 'rank',
  description: 'Names a rank, or takes its name away.',
  options: {
    rank: integerOption({ description: '0 to 10', required: true, min: 0, max: MAX_RANK }),
    name: textOption({ description: 'Its name; leave it out to take it away', rest: true, maxLength: MAX_NAME_LENGTH }),
  },
  async run(ctx, guild, { rank, name: typed }) {
    const { permissions, database } = ctx.services;
    const name = typed?.trim().replaceAll(/\s+/g, ' ') ?? null;
    await permissions.change(guild.id, async () => {
      if (name === null) await database.permissions.removeRankName(guild.id, rank);
      else await database.permissions.setRankName(guild.id, rank, name);
    });
    const fields = { event: 'permission:changed', change: 'rank-name', rank, name };
    ctx.log.info(fields, `✅ permission rank ${rank} is called ${name ?? 'nothing'} now`);
    await ctx.reply(name === null ? `✅ Rank ${rank} has no name now.` : `✅ Rank ${rank} is **${name}** now.`);
  },
});

/** `$permission role @Mods 3`: who has the role has the rank. */
export const giveRankCommand = managerCommand({
  name: 'role',
  description: 'Gives the members that have a role a rank.',
  options: {
    role: roleOption({ description: 'The role', required: true }),
    rank: integerOption({ description: '0 to 10, at most your own', required: true, min: 0, max: MAX_RANK }),
  },
  async run(ctx, guild, { role, rank }) {
    const { permissions, database } = ctx.services;
    const { rankByRole } = await permissions.describe(guild.id);
    const refusal = await refuseBelow(Math.max(rank, rankByRole.get(role.id) ?? 0), ctx);
    if (refusal) return ctx.refuse(refusal);
    await permissions.change(guild.id, () => database.permissions.setRank(guild.id, role.id, rank));
    const fields = { event: 'permission:changed', change: 'role', roleId: role.id, rank };
    ctx.log.info(fields, `✅ permission role ${role.name} gives rank ${rank} now`);
    await ctx.reply(`✅ ${role} gives rank ${rank} now.`);
  },
});

/** `$permission unrole @Mods`. */
export const takeRankCommand = managerCommand({
  name: 'unrole',
  description: 'Takes the rank of a role away.',
  options: { role: roleOption({ description: 'The role', required: true }) },
  async run(ctx, guild, { role }) {
    const { permissions, database } = ctx.services;
    const rank = (await permissions.describe(guild.id)).rankByRole.get(role.id);
    if (rank === undefined) return void (await ctx.reply(`${role} has no rank.`));
    const refusal = await refuseBelow(rank, ctx);
    if (refusal) return ctx.refuse(refusal);
    await permissions.change(guild.id, () => database.permissions.removeRank(guild.id, role.id));
    const fields = { event: 'permission:changed', change: 'role', roleId: role.id, rank: null };
    ctx.log.info(fields, `✅ permission role ${role.name} gives no rank now`);
    await ctx.reply(`✅ ${role} gives no rank any more.`);
  },
});
