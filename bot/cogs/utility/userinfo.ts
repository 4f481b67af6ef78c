import type { GuildMember, User } from 'discord.js';
import type { APIEmbed } from 'discord-api-types/v10';
import { defineCommand } from '../../framework/command.js';
import { userOption } from '../../framework/options.js';
import { dateAndAge } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';
import { findMember } from '../find-member.js';

const MAX_ROLES = 20;

/** `$userinfo`, `$userinfo @alice`, and by id for people who are not here. */
export const userinfoCommand = defineCommand({
  name: 'userinfo',
  description: 'Shows who somebody is: account, membership and roles.',
  aliases: ['whois'],
  options: { user: userOption({ description: 'Who; without it you', byName: true }) },
  cooldown: { ms: 3_000, per: 'user' }, // Discord is asked about whoever is not remembered
  async run(ctx, { user = ctx.user }) {
    await ctx.reply({ embeds: [userEmbed(user, await findMember(ctx.guild, user.id))] });
  },
});

function userEmbed(user: User, member: GuildMember | null): APIEmbed {
  const joinedAt = member?.joinedAt ?? null;
  return {
    title: member?.displayName ?? user.displayName,
    description: `<@${user.id}>${user.bot ? ' · a bot' : ''}`,
    thumbnail: { url: (member ?? user).displayAvatarURL({ size: 256 }) },
    fields: [
      { name: 'Name', value: user.username, inline: true },
      { name: 'Id', value: user.id, inline: true },
      { name: 'Account created', value: dateAndAge(user.createdAt) },
      { name: 'Joined', value: joinedAt === null ? 'Is not a member of this server.' : dateAndAge(joinedAt) },
      ...(member ? [{ name: 'Roles', value: roleList(member) }] : []),
    ],
    color: EMBED_COLOR,
  };
}

/** The highest first, without the one that everybody has. */
function roleList({ roles, guild }: GuildMember): string {
  const own = [...roles.cache.values()].filter((role) => role.id !== guild.id);
  const names = own.sort((a, b) => b.position - a.position).map((role) => `<@&${role.id}>`);
  const more = names.length > MAX_ROLES ? [`and ${names.length - MAX_ROLES} more`] : [];
  return [...names.slice(0, MAX_ROLES), ...more].join(' ') || 'none';
}
