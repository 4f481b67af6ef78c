import {
  type APIAttachment,
  type APIDMChannel,
  type APIEmoji,
  type APIExternalGuildScheduledEvent,
  type APIGuild,
  type APIGuildMember,
  type APIReaction,
  type APIRole,
  type APITextChannel,
  type APIUser,
  ChannelType,
  type GuildMemberFlags,
  GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel,
  GuildSystemChannelFlags,
  type RoleFlags,
} from 'discord-api-types/v10';
import { SANDBOX_IDS } from '../ids.js';
import type {
  AttachmentRecord,
  ChannelRecord,
  EmojiRecord,
  GuildRecord,
  MemberRecord,
  ReactionRecord,
  RoleRecord,
  ScheduledEventRecord,
  UserRecord,
} from './records.js';

/** How records look on the wire. Pure; messages, which refer to much else, are in message-payload.ts. */
export function userPayload(user: UserRecord): APIUser {
  return {
    id: user.id,
    username: user.name,
    global_name: user.isBot ? null : user.displayName,
    discriminator: user.isBot ? '0001' : '0',
    avatar: null,
    bot: user.isBot,
  };
}

/** A member as it appears beside a user that is named already. */
export type BareMember = Omit<APIGuildMember, 'user'>;

export function memberPayload(member: MemberRecord): BareMember {
  return {
    nick: member.nick,
    roles: member.roleIds,
    joined_at: member.joinedAt,
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0 as GuildMemberFlags,
    pending: false,
    communication_disabled_until: member.timedOutUntil,
  };
}

export function rolePayload(role: RoleRecord): APIRole {
  return {
    id: role.id,
    name: role.name,
    color: role.color,
    colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
    hoist: false,
    position: role.position,
    permissions: role.permissions,
    managed: false,
    mentionable: false,
    flags: 0 as RoleFlags,
  };
}

export function textChannelPayload(channel: ChannelRecord, guildId: string): APITextChannel {
  return {
    id: channel.id,
    type: ChannelType.GuildText,
    guild_id: guildId,
    name: channel.name,
    position: 0,
    permission_overwrites: channel.overwrites,
    parent_id: null,
    topic: channel.topic,
    nsfw: false,
    rate_limit_per_user: channel.slowmodeSeconds,
    last_message_id: null,
  };
}

export function directChannelPayload(channel: ChannelRecord, recipient: UserRecord): APIDMChannel {
  return {
    id: channel.id,
    type: ChannelType.DM,
    name: null,
    last_message_id: null,
    recipients: [userPayload(recipient)],
  };
}

export function guildPayload(guild: GuildRecord): APIGuild {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: guild.ownerId,
    region: 'local',
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    roles: guild.roles.map(rolePayload),
    emojis: guild.emojis.map(emojiPayload),
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: GuildSystemChannelFlags.SuppressJoinNotifications,
    rules_channel_id: null,
    vanity_url_code: null,
    premium_tier: 0,
    preferred_locale: 'en-US' as APIGuild['preferred_locale'],
    public_updates_channel_id: null,
    nsfw_level: 0,
    premium_progress_bar_enabled: false,
    safety_alerts_channel_id: null,
    hub_type: null,
    incidents_data: null,
  };
}

export function attachmentPayload(attachment: AttachmentRecord): APIAttachment {
  const url = `https://cdn.discordapp.com/attachments/${attachment.id}/${encodeURIComponent(attachment.filename)}`;
  return { ...attachment, url, proxy_url: url };
}

export function reactionPayload(reaction: ReactionRecord): APIReaction {
  return {
    emoji: { id: reaction.emojiId, name: reaction.emojiName },
    count: reaction.userIds.length,
    count_details: { normal: reaction.userIds.length, burst: 0 },
    me: reaction.userIds.includes(SANDBOX_IDS.bot),
    me_burst: false,
    burst_colors: [],
  };
}

export function emojiPayload(emoji: EmojiRecord): APIEmoji {
  return { id: emoji.id, name: emoji.name, roles: [], require_colons: true, managed: false, animated: emoji.animated };
}

export function scheduledEventPayload(event: ScheduledEventRecord, guildId: string): APIExternalGuildScheduledEvent {
  return {
    id: event.id,
    guild_id: guildId,
    channel_id: null,
    creator_id: event.creatorId,
    name: event.name,
    description: event.description,
    scheduled_start_time: event.startAt,
    scheduled_end_time: event.endAt,
    privacy_level: GuildScheduledEventPrivacyLevel.GuildOnly,
    status: event.status,
    entity_type: GuildScheduledEventEntityType.External,
    entity_id: null,
    entity_metadata: { location: event.place },
    recurrence_rule: null,
  };
}
