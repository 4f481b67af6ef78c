import type { ChannelRecord } from '../world/records.js';
import type { World } from '../world/world.js';

const TYPED = /(?<![\w<@#])([@#])([\w-]+)/g;

/** Makes mentions of `@alice`, `@Moderator` and `#general`, as Discord's own input box does; other words stay as they are. */
export function typedMentions(world: World, { guildId }: ChannelRecord, text: string): string {
  return text.replace(TYPED, (typed, sign: string, name: string) => {
    const mention = sign === '@' ? personOrRole(world, guildId, name) : channelMention(world, guildId, name);
    return mention ?? typed;
  });
}

/** The spelling decides between the person `moderator` and the role `Moderator`. */
function personOrRole(world: World, guildId: string | null, name: string): string | undefined {
  const users = Object.values(world.state.users);
  const role = guildId === null ? undefined : world.guild(guildId).roles.find((each) => each.name === name);
  const exact = users.find((each) => each.name === name);
  if (role && !exact) return `<@&${role.id}>`;
  const user = exact ?? users.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return user && `<@${user.id}>`;
}

function channelMention(world: World, guildId: string | null, name: string): string | undefined {
  const channels = guildId === null ? [] : world.channelsOf(guildId);
  const channel = channels.find((each) => each.name === name);
  return channel && `<#${channel.id}>`;
}
