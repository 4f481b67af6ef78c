import type { Role } from 'discord.js';
import type { CommandContext } from '../../framework/command-context.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { once, writeOnce } from '../../framework/once.js';
import { integerOption, roleOption } from '../../framework/options.js';
import { type Refusal, refuse } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { EMBED_COLOR } from '../embed-color.js';
import { factsOf, roleObstacle } from './reward-roles.js';
import { MAX_LEVEL } from './xp-curve.js';

/** Keeps the list within one embed. */
const MAX_REWARDS = 30;

const levelOption = integerOption({ description: 'The level', required: true, min: 1, max: MAX_LEVEL });

/** `$levels reward 5 @Regular`. */
export const rewardCommand = defineGuildCommand({
  name: 'reward',
  description: 'Gives a role to everybody who reaches a level.',
  rank: 5,
  options: { level: levelOption, role: roleOption({ description: 'The role', required: true }) },
  async run(ctx, guild, { level, role }) {
    const obstacle = roleObstacle(factsOf(role));
    if (obstacle !== null) throw new UserError('TUX_LEVELS_ROLE', `I cannot give ${role.name}: ${obstacle}.`);
    const refusal = await refusalToGive(ctx, role);
    if (refusal) return ctx.refuse(refusal);
    const { levels } = ctx.services.database;
    const rewards = await levels.listRewards(guild.id);
    if (rewards.length >= MAX_REWARDS && rewards.every((reward) => reward.level !== level)) {
      throw new UserError('TUX_LEVELS_FULL', `This server has ${MAX_REWARDS} level roles, and more are not possible.`);
    }
    await writeOnce(ctx, (db) => db.levels.setReward(guild.id, level, role.id));
    await ctx.reply(
      `✅ Whoever reaches level **${level}** gets <@&${role.id}>. Who is past it gets it with their next one.`,
    );
  },
});

/** `$levels unreward 5`. */
export const unrewardCommand = defineGuildCommand({
  name: 'unreward',
  description: 'Stops giving a role for a level; who has it keeps it.',
  rank: 5,
  options: { level: levelOption },
  async run(ctx, guild, { level }) {
    const isRemoved = await once(ctx, async () => (db) => db.levels.removeReward(guild.id, level));
    await ctx.reply(
      isRemoved
        ? `✅ Level **${level}** gives no role any more.`
        : `Level **${level}** gives no role. See \`/levels rewards\`.`,
    );
  },
});

/** `$levels rewards`. */
export const listRewardsCommand = defineGuildCommand({
  name: 'rewards',
  description: 'Lists the roles that levels give.',
  async run(ctx, guild) {
    const { cache } = guild.roles;
    const rewards = await ctx.services.database.levels.listRewards(guild.id);
    const lines = rewards.map(({ level, roleId }) => {
      const role = cache.get(roleId);
      const obstacle = role ? roleObstacle(factsOf(role)) : 'it was deleted';
      return `Level **${level}**: <@&${roleId}>${obstacle === null ? '' : ` ⚠️ ${obstacle}`}`;
    });
    const description = lines.join('\n') || 'No level gives a role yet.';
    await ctx.reply({ embeds: [{ title: 'Level roles', description, color: EMBED_COLOR }] });
  },
});

/**
 * Nobody hands out, and so gets for themselves by `levels set`, what they do not have: a role above their own, a permission
 * in Discord, a rank.
 */
async function refusalToGive({ actor, member, services }: CommandContext, role: Role): Promise<Refusal | null> {
  const { permissions } = services;
  if (actor.isGuildOwner || permissions.isOwner(actor.userId)) return null;
  if (member === null || member.roles.highest.comparePositionTo(role) <= 0) {
    return refuse('levels.role-above-you', { role: role.name });
  }
  const { rankByRole } = await permissions.describe(role.guild.id);
  const isRankTheirs = (rankByRole.get(role.id) ?? 0) <= (await permissions.rankOf(actor));
  if (isRankTheirs && member.permissions.has(role.permissions)) return null;
  return refuse('levels.role-beyond-you', { role: role.name });
}
