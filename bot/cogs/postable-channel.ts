import { type GuildBasedChannel, PermissionFlagsBits } from 'discord.js';
import { UserError } from '../framework/user-error.js';

const NEEDED = [
  ['View Channel', PermissionFlagsBits.ViewChannel],
  ['Send Messages', PermissionFlagsBits.SendMessages],
  ['Embed Links', PermissionFlagsBits.EmbedLinks],
] as const;

/**
 * Makes sure that the bot can post where it is told to, so that a mistake shows up now and not with the first message.
 *
 * @throws UserError TUX_CHANNEL_NO_TEXT, TUX_CHANNEL_FORBIDDEN.
 */
export function checkPostable(channel: GuildBasedChannel): void {
  if (!channel.isTextBased() || channel.isThread()) {
    throw new UserError('TUX_CHANNEL_NO_TEXT', `<#${channel.id}> is not a text channel.`);
  }
  const { me } = channel.guild.members;
  const own = me && channel.permissionsFor(me);
  const missing = NEEDED.filter(([, bit]) => !own?.has(bit)).map(([name]) => `**${name}**`);
  if (missing.length === 0) return;
  throw new UserError('TUX_CHANNEL_FORBIDDEN', `I cannot post in <#${channel.id}>.`, {
    hint: `Give me ${missing.join(', ')} there, then try again.`,
  });
}
