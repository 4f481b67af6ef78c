import { defineGuildCommand } from '../../framework/guild-command.js';
import { userOption } from '../../framework/options.js';
import { rankCard } from './rank-card.js';

/** `$rank` shows one's own card, `$rank @alice` that of somebody else. */
export const rankCommand = defineGuildCommand({
  name: 'rank',
  description: 'Shows the level of a member, and how far the next one is.',
  aliases: ['level'],
  options: { user: userOption({ description: 'Whose; default: yours', byName: true }) },
  cooldown: { ms: 5_000, per: 'user' },
  async run(ctx, guild, { user = ctx.user }) {
    const { levels } = ctx.services.database;
    const standing = await levels.standing(guild.id, user.id);
    if (standing === null) {
      const isSelf = user.id === ctx.user.id;
      await ctx.reply(isSelf ? 'You have no xp here yet. Talk a bit!' : `<@${user.id}> has no xp here.`);
      return;
    }
    const { xp, place } = standing;
    const ranked = await levels.countRanked(guild.id);
    const name = guild.members.cache.get(user.id)?.displayName ?? user.displayName;
    await ctx.reply({ embeds: [rankCard({ name, avatarUrl: user.displayAvatarURL(), xp, place, ranked })] });
  },
});
