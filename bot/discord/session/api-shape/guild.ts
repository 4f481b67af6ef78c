import type { Guild } from 'discord.js';
import { channelShape } from './channel.js';
import { emojiShape, stickerShape } from './expressions.js';
import { memberShape } from './member.js';
import { roleShape } from './role.js';
import { scheduledEventShape } from './scheduled-event.js';
import { isoTimeOrNull, type Shape } from './shape.js';
import { threadShape } from './thread.js';

/** A guild as GUILD_CREATE carries it. */
export type GuildShape = Shape & { readonly id: string; readonly unavailable?: boolean | undefined };

/**
 * What the caches know of a guild, in the form in which Discord told it: as much as makes discord.js show the same again.
 * Of people only ourselves, no messages, no voice states or presences (they are not cached).
 */
export function guildShape(guild: Guild): GuildShape {
  const isKnown = guild.name !== undefined; // else READY named it, and it has been unavailable ever since
  if (!isKnown) return { id: guild.id, unavailable: true };
  return Object.assign(settingsShape(guild), contentShape(guild));
}

function settingsShape(guild: Guild): GuildShape {
  return {
    id: guild.id,
    unavailable: guild.available ? undefined : true,
    name: guild.name,
    icon: guild.icon,
    splash: guild.splash,
    discovery_splash: guild.discoverySplash,
    banner: guild.banner,
    description: guild.description,
    features: guild.features,
    owner_id: guild.ownerId,
    application_id: guild.applicationId,
    preferred_locale: guild.preferredLocale,
    verification_level: guild.verificationLevel,
    default_message_notifications: guild.defaultMessageNotifications,
    explicit_content_filter: guild.explicitContentFilter,
    mfa_level: guild.mfaLevel,
    nsfw_level: guild.nsfwLevel,
    premium_tier: guild.premiumTier,
    premium_subscription_count: guild.premiumSubscriptionCount ?? undefined,
    premium_progress_bar_enabled: guild.premiumProgressBarEnabled,
    vanity_url_code: guild.vanityURLCode,
    afk_channel_id: guild.afkChannelId,
    afk_timeout: guild.afkTimeout,
    system_channel_id: guild.systemChannelId,
    system_channel_flags: guild.systemChannelFlags?.bitfield,
    rules_channel_id: guild.rulesChannelId,
    public_updates_channel_id: guild.publicUpdatesChannelId,
    safety_alerts_channel_id: guild.safetyAlertsChannelId ?? undefined,
    widget_enabled: guild.widgetEnabled ?? undefined,
    widget_channel_id: guild.widgetChannelId ?? undefined,
    max_members: guild.maximumMembers ?? undefined,
    max_presences: guild.maximumPresences ?? undefined,
    max_video_channel_users: guild.maxVideoChannelUsers ?? undefined,
    max_stage_video_channel_users: guild.maxStageVideoChannelUsers ?? undefined,
    incidents_data: guild.incidentsData ? incidentsShape(guild.incidentsData) : undefined,
    joined_at: isoTimeOrNull(guild.joinedTimestamp),
    large: guild.large,
    member_count: guild.memberCount,
  };
}

function contentShape(guild: Guild): Shape {
  const channels: Shape[] = [];
  const threads: Shape[] = [];
  for (const channel of guild.channels.cache.values()) {
    if (!channel.isThread()) channels.push(channelShape(channel));
    else if (!channel.archived) threads.push(threadShape(channel));
  }
  const me = guild.members.cache.get(guild.client.user.id); // `members.me` would put a partial one into the cache
  const events = guild.scheduledEvents.cache.filter((event) => !event.partial);
  return {
    channels,
    threads,
    roles: Array.from(guild.roles.cache.values(), roleShape),
    members: me && !me.partial ? [memberShape(me)] : [],
    emojis: Array.from(guild.emojis.cache.values(), emojiShape),
    stickers: Array.from(guild.stickers.cache.values(), stickerShape),
    guild_scheduled_events: events.map(scheduledEventShape),
  };
}

function incidentsShape(data: NonNullable<Guild['incidentsData']>): Shape {
  const time = (date: Date | null) => isoTimeOrNull(date?.getTime() ?? null);
  return {
    invites_disabled_until: time(data.invitesDisabledUntil),
    dms_disabled_until: time(data.dmsDisabledUntil),
    dm_spam_detected_at: time(data.dmSpamDetectedAt),
    raid_detected_at: time(data.raidDetectedAt),
  };
}
