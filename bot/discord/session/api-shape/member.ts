import type { GuildMember } from 'discord.js';
import { isoTimeOrNull, type Shape } from './shape.js';

/** A member as GUILD_CREATE carries it, only that of the user the id is told: who it is stands in READY. */
export function memberShape(member: GuildMember): Shape {
  return {
    user: { id: member.id },
    nick: member.nickname,
    avatar: member.avatar,
    banner: member.banner ?? undefined,
    roles: Array.from(member.roles.cache.keys()).filter((id) => id !== member.guild.id),
    joined_at: isoTimeOrNull(member.joinedTimestamp),
    premium_since: isoTimeOrNull(member.premiumSinceTimestamp),
    pending: member.pending,
    communication_disabled_until: isoTimeOrNull(member.communicationDisabledUntilTimestamp),
    flags: member.flags.bitfield,
    avatar_decoration_data: member.avatarDecorationData
      ? { asset: member.avatarDecorationData.asset, sku_id: member.avatarDecorationData.skuId }
      : undefined,
  };
}
