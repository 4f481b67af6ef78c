import { defineCommand } from '../../framework/command.js';
import { userOption } from '../../framework/options.js';
import { EMBED_COLOR } from '../embed-color.js';
import { findMember } from '../find-member.js';

const SIZE = 1_024;

/** `$avatar`, `$avatar alice`: the picture a member has in this server, or the user's own. */
export const avatarCommand = defineCommand({
  name: 'avatar',
  description: 'Shows the picture of somebody in full size.',
  aliases: ['av', 'pfp'],
  options: { user: userOption({ description: 'Whose; without it yours', byName: true }) },
  cooldown: { ms: 3_000, per: 'user' }, // Discord is asked about whoever is not remembered
  async run(ctx, { user = ctx.user }) {
    const shown = (await findMember(ctx.guild, user.id)) ?? user;
    const url = shown.displayAvatarURL({ size: SIZE });
    const title = `Picture of ${shown.displayName}`;
    await ctx.reply({ embeds: [{ title, url, image: { url }, color: EMBED_COLOR }] });
  },
});
