import {
  ChannelType,
  type ForumChannel,
  type GuildBasedChannel,
  type MediaChannel,
  type NewsChannel,
  type PermissionOverwrites,
  type StageChannel,
  type TextChannel,
  type VoiceChannel,
} from 'discord.js';
import { isoTimeOrNull, permissionsText, type Shape } from './shape.js';

/** Every channel of a server that is not a thread. */
export type ServerChannel = Exclude<
  GuildBasedChannel,
  { type: ChannelType.PublicThread | ChannelType.PrivateThread | ChannelType.AnnouncementThread }
>;

/** A channel as GUILD_CREATE carries it, with all that belongs to its type. */
export function channelShape(channel: ServerChannel): Shape {
  return Object.assign(commonShape(channel), shapeOfType(channel));
}

function commonShape(channel: ServerChannel): Shape {
  // The directory of a hub server, which discord.js knows but does not list among the channels of a server.
  const overwrites = 'permissionOverwrites' in channel ? channel.permissionOverwrites : undefined;
  return {
    id: channel.id,
    type: channel.type,
    name: channel.name,
    position: channel.rawPosition,
    parent_id: channel.parentId,
    flags: channel.flags.bitfield || undefined,
    permission_overwrites: overwrites && Array.from(overwrites.cache.values(), overwriteShape),
  };
}

function overwriteShape({ id, type, allow, deny }: PermissionOverwrites): Shape {
  return { id, type, allow: permissionsText(allow.bitfield), deny: permissionsText(deny.bitfield) };
}

function shapeOfType(channel: ServerChannel): Shape | null {
  switch (channel.type) {
    case ChannelType.GuildText:
    case ChannelType.GuildAnnouncement:
      return textShape(channel);
    case ChannelType.GuildVoice:
    case ChannelType.GuildStageVoice:
      return voiceShape(channel);
    case ChannelType.GuildForum:
    case ChannelType.GuildMedia:
      return forumShape(channel);
    default:
      return null;
  }
}

function textShape(channel: TextChannel | NewsChannel): Shape {
  return {
    topic: channel.topic,
    nsfw: channel.nsfw || undefined,
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: channel.lastPinTimestamp === undefined ? undefined : isoTimeOrNull(channel.lastPinTimestamp),
    rate_limit_per_user: 'rateLimitPerUser' in channel ? channel.rateLimitPerUser : undefined,
    default_auto_archive_duration: channel.defaultAutoArchiveDuration,
    default_thread_rate_limit_per_user: channel.defaultThreadRateLimitPerUser ?? undefined,
  };
}

function voiceShape(channel: VoiceChannel | StageChannel): Shape {
  return {
    topic: 'topic' in channel ? channel.topic : undefined,
    nsfw: channel.nsfw,
    bitrate: channel.bitrate,
    user_limit: channel.userLimit,
    rtc_region: channel.rtcRegion,
    video_quality_mode: channel.videoQualityMode ?? undefined,
    last_message_id: channel.lastMessageId,
    rate_limit_per_user: channel.rateLimitPerUser ?? undefined,
  };
}

function forumShape(channel: ForumChannel | MediaChannel): Shape {
  const { defaultReactionEmoji: reaction } = channel;
  return {
    topic: channel.topic,
    nsfw: channel.nsfw,
    rate_limit_per_user: channel.rateLimitPerUser ?? undefined,
    default_thread_rate_limit_per_user: channel.defaultThreadRateLimitPerUser ?? undefined,
    default_auto_archive_duration: channel.defaultAutoArchiveDuration ?? undefined,
    default_sort_order: channel.defaultSortOrder,
    default_forum_layout: 'defaultForumLayout' in channel ? channel.defaultForumLayout : undefined,
    default_reaction_emoji: reaction && { emoji_id: reaction.id, emoji_name: reaction.name },
    available_tags: channel.availableTags.map(({ id, name, moderated, emoji }) => ({
      id,
      name,
      moderated,
      emoji_id: emoji?.id ?? null,
      emoji_name: emoji?.name ?? null,
    })),
  };
}
