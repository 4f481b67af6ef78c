import {
  type APIRole,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  GatewayIntentBits,
  GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel,
  GuildScheduledEventRecurrenceRuleFrequency,
  GuildScheduledEventStatus,
  OverwriteType,
} from 'discord-api-types/v10';
import type { GuildShape } from '../../bot/discord/session/api-shape/guild.js';
import { guildCreatePayload } from '../../sandbox/gateway/greeting.js';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { World } from '../../sandbox/world/world.js';
import { systemClock } from '../../shared/clock.js';

/** The bot, with all that a user can have. */
export const OWN_USER = {
  id: SANDBOX_IDS.bot,
  username: 'Tux',
  discriminator: '0001',
  global_name: null,
  avatar: 'a_1234',
  bot: true,
  public_flags: 65_536,
  verified: true,
  mfa_enabled: false,
};

/** The guild of the sandbox as a GUILD_CREATE tells it. */
export function sandboxGuild(): GatewayGuildCreateDispatchData {
  const world = new World(systemClock, { onNews: () => {}, onSighting: () => {} });
  const [guild] = world.guilds();
  if (!guild) throw new Error('the sandbox has no guild');
  return guildCreatePayload(world, guild, GatewayIntentBits.Guilds);
}

const id = (n: number) => String(900_000_000_000_000_000n + BigInt(n));

/** A guild with one of everything that a guild can have, in the form of GUILD_CREATE. */
export function richGuild(): GuildShape {
  const base = sandboxGuild();
  const everyone = base.roles.find((role) => role.id === base.id) as APIRole;
  const colors = { primary_color: 1, secondary_color: 2, tertiary_color: 3 };
  const role = (n: number, more: object) => ({
    ...everyone,
    id: id(n),
    name: `role ${n}`,
    position: n,
    colors,
    color: 1,
    ...more,
  });
  const overwrites = [
    { id: base.id, type: OverwriteType.Role, allow: '0', deny: '1024' },
    { id: id(1), type: OverwriteType.Role, allow: '1024', deny: '2048' },
    { id: OWN_USER.id, type: OverwriteType.Member, allow: String(1n << 46n), deny: '8192' },
  ];
  const channel = (n: number, type: ChannelType, more: object = {}) => ({
    id: id(n),
    type,
    name: `channel ${n}`,
    position: n,
    parent_id: id(20),
    flags: 0,
    permission_overwrites: overwrites,
    ...more,
  });
  const text = { topic: null, nsfw: true, last_message_id: id(99), last_pin_timestamp: '2026-02-03T04:05:06.789Z' };
  const voice = {
    bitrate: 64_000,
    user_limit: 9,
    rtc_region: null,
    video_quality_mode: 2,
    rate_limit_per_user: 3,
    nsfw: false,
  };
  const forum = {
    topic: 'rules',
    rate_limit_per_user: 5,
    default_thread_rate_limit_per_user: 6,
    default_auto_archive_duration: 60,
    default_sort_order: 1,
    default_reaction_emoji: { emoji_id: null, emoji_name: '🐧' },
    available_tags: [
      { id: id(71), name: 'question', moderated: true, emoji_id: id(72), emoji_name: null },
      { id: id(73), name: 'answer', moderated: false, emoji_id: null, emoji_name: null },
    ],
  };
  const thread = (n: number, type: ChannelType, parent: number, more: object = {}) => ({
    id: id(n),
    guild_id: base.id,
    type,
    name: `thread ${n}`,
    parent_id: id(parent),
    owner_id: SANDBOX_IDS.users.owner,
    last_message_id: null,
    rate_limit_per_user: 0,
    message_count: 4,
    member_count: 2,
    total_message_sent: 5,
    flags: 0,
    thread_metadata: {
      archived: false,
      auto_archive_duration: 1440,
      archive_timestamp: '2026-02-03T04:05:06.000Z',
      locked: false,
      create_timestamp: '2026-02-03T04:05:05.000Z',
    },
    ...more,
  });
  return {
    ...base,
    icon: 'icon',
    splash: 'splash',
    discovery_splash: 'discovery',
    banner: 'banner',
    description: 'about',
    features: ['COMMUNITY', 'NEWS'],
    verification_level: 3,
    explicit_content_filter: 2,
    default_message_notifications: 1,
    mfa_level: 1,
    nsfw_level: 1,
    premium_tier: 2,
    premium_subscription_count: 14,
    vanity_url_code: 'tux',
    preferred_locale: 'de',
    afk_channel_id: id(24),
    afk_timeout: 900,
    system_channel_id: id(21),
    system_channel_flags: 5,
    rules_channel_id: id(21),
    public_updates_channel_id: id(22),
    safety_alerts_channel_id: id(22),
    widget_enabled: true,
    widget_channel_id: id(21),
    max_members: 500_000,
    max_presences: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    incidents_data: { invites_disabled_until: '2026-03-01T00:00:00.000Z', dms_disabled_until: null },
    joined_at: '2026-01-02T03:04:05.678Z',
    large: true,
    member_count: 4_711,
    roles: [
      ...base.roles,
      role(1, { hoist: true, icon: 'roleicon', permissions: String(1n << 40n), tags: { bot_id: OWN_USER.id } }),
      role(3, { unicode_emoji: '🐧', mentionable: true, tags: { premium_subscriber: null, integration_id: id(80) } }),
      role(2, {
        managed: true,
        flags: 1,
        tags: { guild_connections: null, available_for_purchase: null, subscription_listing_id: id(81) },
      }),
      role(4, { position: 3 }),
    ],
    channels: [
      channel(20, ChannelType.GuildCategory, { parent_id: null, permission_overwrites: [] }),
      channel(21, ChannelType.GuildText, {
        ...text,
        rate_limit_per_user: 10,
        default_auto_archive_duration: 60,
        flags: 1 << 4,
      }),
      channel(22, ChannelType.GuildAnnouncement, { ...text, topic: 'news', default_thread_rate_limit_per_user: 8 }),
      channel(24, ChannelType.GuildVoice, { ...voice, last_message_id: id(98), parent_id: null }),
      channel(23, ChannelType.GuildStageVoice, { ...voice, topic: 'stage', last_message_id: null }),
      channel(25, ChannelType.GuildForum, { ...forum, default_forum_layout: 2 }),
      channel(26, ChannelType.GuildMedia, { ...forum, nsfw: true, default_reaction_emoji: null }),
      channel(27, ChannelType.GuildText, { parent_id: null }),
    ],
    threads: [
      thread(40, ChannelType.PublicThread, 21),
      thread(41, ChannelType.PrivateThread, 21, {
        thread_metadata: {
          archived: false,
          auto_archive_duration: 60,
          archive_timestamp: '2026-02-03T04:05:06.000Z',
          locked: true,
          invitable: true,
        },
      }),
      thread(42, ChannelType.AnnouncementThread, 22, { last_pin_timestamp: '2026-02-03T04:05:06.000Z' }),
      thread(43, ChannelType.PublicThread, 25, { applied_tags: [id(71)], flags: 2 }),
    ],
    members: [
      {
        user: { ...OWN_USER },
        nick: 'Tuxedo',
        avatar: 'guildavatar',
        roles: [id(1), id(3)],
        joined_at: '2026-01-02T03:04:05.678Z',
        premium_since: null,
        deaf: false,
        mute: false,
        flags: 2,
        pending: false,
        communication_disabled_until: '2026-12-24T00:00:00.000Z',
      },
    ],
    guild_scheduled_events: [
      {
        id: id(60),
        guild_id: base.id,
        channel_id: null,
        creator_id: SANDBOX_IDS.users.owner,
        name: 'Meeting',
        description: 'weekly',
        scheduled_start_time: '2026-12-01T18:00:00.000Z',
        scheduled_end_time: '2026-12-01T19:00:00.000Z',
        privacy_level: GuildScheduledEventPrivacyLevel.GuildOnly,
        status: GuildScheduledEventStatus.Scheduled,
        entity_type: GuildScheduledEventEntityType.External,
        entity_id: null,
        entity_metadata: { location: 'the zoo' },
        image: 'image',
        user_count: 3,
        recurrence_rule: {
          start: '2026-12-01T18:00:00.000Z',
          end: null,
          frequency: GuildScheduledEventRecurrenceRuleFrequency.Weekly,
          interval: 1,
          by_weekday: [1],
          by_n_weekday: null,
          by_month: null,
          by_month_day: null,
          by_year_day: null,
          count: null,
        },
      },
      {
        id: id(61),
        guild_id: base.id,
        channel_id: id(24),
        creator_id: null,
        name: 'Talk',
        scheduled_start_time: '2026-12-02T18:00:00.000Z',
        scheduled_end_time: null,
        privacy_level: GuildScheduledEventPrivacyLevel.GuildOnly,
        status: GuildScheduledEventStatus.Active,
        entity_type: GuildScheduledEventEntityType.Voice,
        entity_id: null,
        entity_metadata: null,
      },
    ],
  } as unknown as GuildShape;
}
