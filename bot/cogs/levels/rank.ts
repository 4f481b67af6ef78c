import { defineCommand } from '../../framework/command.js';
import { userOption } from '../../framework/options.js';
import { guildOnly } from '../../framework/precondition.js';
import { rankCard } from './rank-card.js';

/** `$rank` shows one's own card, `$rank @alice` that of somebody else. */
export const rankCommand = defineCommand({
  name: 'rank',
  description: 'Shows the level of a member, and how far the next one is.',
  aliases: ['level'],
  options: { user: userOption({ description: 'Whose; default: yours', byName: true }) },
  preconditions: [guildOnly()],
  cooldown: { ms: 5_000, per: 'user' },
  async run(ctx, { user = ctx.user }) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    const { levels } = ctx.services.database;
    const standing = await levels.standing(ctx.guild.id, user.id);
    if (standing === null) {
      const isSelf = user.id === ctx.user.id;
      await ctx.reply(isSelf ? 'You have no xp here yet. Talk a bit!' : `<@${user.id}> has no xp here.`);
      return;
    }
    const { xp, place } = standing;
    const ranked = await levels.countRanked(ctx.guild.id);
    const name = ctx.guild.members.cache.get(user.id)?.displayName ?? user.displayName;
    await ctx.reply({ embeds: [rankCard({ name, avatarUrl: user.displayAvatarURL(), xp, place, ranked })] });
  },
});
