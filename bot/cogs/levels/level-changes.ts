import type { Guild, User } from 'discord.js';
import type { Command } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { once } from '../../framework/once.js';
import { integerOption, userOption } from '../../framework/options.js';
import { refuse } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { standsAbove } from '../stands-above.js';
import { XP_RULES } from './message-xp.js';
import { formatXp } from './rank-card.js';
import { changeRoles, planRoles } from './reward-roles.js';
import { MAX_LEVEL, MAX_XP, xpForLevel } from './xp-curve.js';

const userSpec = { description: 'The member, also one who has left', required: true } as const;

/** `$levels set @alice 5`. */
export const setLevelCommand: Command = defineGuildCommand({
  name: 'set',
  description: 'Puts a member at the beginning of a level.',
  rank: 5,
  options: {
    user: userOption(userSpec),
    level: integerOption({ description: 'The level', required: true, min: 0, max: MAX_LEVEL }),
  },
  run: (ctx, guild, { user, level }) => changeXp(ctx, guild, user, () => xpForLevel(level)),
});

/** `$levels add @alice 100`, and `-100` to take some away. */
export const addXpCommand: Command = defineGuildCommand({
  name: 'add',
  description: 'Gives a member xp, or takes some away when the number is negative.',
  rank: 5,
  options: {
    user: userOption(userSpec),
    xp: integerOption({ description: 'How much', required: true, min: -MAX_XP, max: MAX_XP }),
  },
  run: (ctx, guild, { user, xp }) => changeXp(ctx, guild, user, (before) => before + xp),
});

/** `$levels reset @alice`. */
export const resetLevelCommand: Command = defineGuildCommand({
  name: 'reset',
  description: 'Takes all xp away from a member.',
  rank: 5,
  options: { user: userOption(userSpec) },
  run: (ctx, guild, { user }) => changeXp(ctx, guild, user, () => 0),
});

/** Changes somebody's xp, and lets their reward roles follow in both directions. */
async function changeXp(ctx: CommandContext, guild: Guild, user: User, change: (xp: number) => number): Promise<void> {
  const { services, eventId } = ctx;
  if (user.bot) throw new UserError('TUX_LEVELS_BOT', 'Bots have no level.');
  // Reward roles may give more than whoever changes levels has.
  const isOwn = user.id === ctx.user.id && services.permissions.authorityOf(ctx.actor) === null;
  if (isOwn) return ctx.refuse(refuse('levels.own'));
  if (await standsAbove(ctx, guild, user.id)) return ctx.refuse(refuse('levels.above-you', { userId: user.id }));
  const who = { guildId: guild.id, userId: user.id };
  const { xp, level } = await services.database.levels.changeXp({ ...who, eventId, change }, XP_RULES);
  ctx.log.info({ event: 'levels:changed', targetId: user.id, xp, level }, `✅ xp of ${user.id} set to ${xp}`);
  const follow = { guild, userId: user.id, level, mayTake: true };
  // Noted before the first role is changed, so that the answer of a second run names them all.
  const plan = await once(ctx, async () => {
    const wanted = await planRoles(follow, services);
    return async () => wanted;
  });
  const isOutdated = (await services.database.levels.get(guild.id, user.id))?.level !== level;
  // Handled once more, an old command must not take back what a later one has done.
  const todo = plan === null || isOutdated ? { give: [], take: [] } : plan;
  const { given, taken, problems } = await changeRoles(follow, todo, services);
  const lines = [
    `✅ <@${user.id}> is at level **${level}** now, with ${formatXp(xp)} xp.`,
    ...(given.length > 0 ? [`Roles given: ${mentions(given)}`] : []),
    ...(taken.length > 0 ? [`Roles taken: ${mentions(taken)}`] : []),
    ...problems.map((problem) => `⚠️ ${problem}`),
  ];
  await ctx.reply(lines.join('\n'));
}

function mentions(roleIds: readonly string[]): string {
  return roleIds.map((id) => `<@&${id}>`).join(', ');
}
