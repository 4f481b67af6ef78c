import { ChannelType, type GatewayGuildCreateDispatchData } from 'discord-api-types/v10';

/** How large the guilds are. */
export interface CommunitySize {
  readonly guilds: number;
  readonly channels: number;
  readonly overwrites: number;
  readonly roles: number;
}

/** The user that the guilds are told to. */
export const OWN_ID = '100000000000000001';

/** Made-up guilds, each as GUILD_CREATE carries it. */
export function* community({
  guilds,
  channels,
  overwrites,
  roles,
}: CommunitySize): Generator<GatewayGuildCreateDispatchData> {
  let last = 200_000_000_000_000_000n;
  const nextId = () => {
    last += 1n;
    return last.toString();
  };
  for (let n = 0; n < guilds; n += 1) {
    const id = nextId();
    const roleIds = [id, ...Array.from({ length: roles - 1 }, nextId)];
    const channelIds = Array.from({ length: channels }, nextId);
    const overwritesOf = (channel: number) =>
      Array.from({ length: overwrites }, (_, k) => ({
        id: roleIds[(channel + k) % roles],
        type: 0,
        allow: String(1_024 << (k + (channel % 3))),
        deny: String(2_048 << (channel % 5)),
      }));
    yield {
      ...settings(id, n),
      roles: roleIds.map((roleId, k) => role(roleId, k)),
      channels: channelIds.map((channelId, k) => channel(channelId, k, channelIds[0], overwritesOf(k))),
      members: [{ user: { id: OWN_ID }, roles: roleIds.slice(1, 4), joined_at: '2026-01-02T03:04:05.678Z', flags: 0 }],
    } as unknown as GatewayGuildCreateDispatchData;
  }
}

function settings(id: string, n: number): object {
  return {
    id,
    name: `Guild number ${n}`,
    icon: 'a_0123456789abcdef0123456789abcdef',
    splash: null,
    discovery_splash: null,
    banner: null,
    description: 'A place for people who like penguins',
    owner_id: '100000000000000002',
    features: ['COMMUNITY', 'NEWS'],
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 2,
    default_message_notifications: 1,
    explicit_content_filter: 2,
    emojis: [],
    stickers: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 5,
    rules_channel_id: null,
    vanity_url_code: null,
    premium_tier: 0,
    preferred_locale: 'en-US',
    public_updates_channel_id: null,
    nsfw_level: 0,
    premium_progress_bar_enabled: false,
    joined_at: '2026-01-02T03:04:05.678Z',
    large: true,
    unavailable: false,
    member_count: 400 + n,
    voice_states: [],
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

function role(id: string, position: number): object {
  const color = position * 1_000;
  return {
    id,
    name: position === 0 ? '@everyone' : `Role ${position}`,
    color,
    colors: { primary_color: color, secondary_color: null, tertiary_color: null },
    hoist: position % 2 === 0,
    icon: null,
    unicode_emoji: null,
    position,
    permissions: String(104_324_673n + BigInt(position)),
    managed: false,
    mentionable: position % 3 === 0,
    flags: 0,
  };
}

function channel(id: string, position: number, categoryId: string | undefined, overwrites: object[]): object {
  if (position === 0) {
    return { id, type: ChannelType.GuildCategory, name: 'Text', position, permission_overwrites: overwrites, flags: 0 };
  }
  return {
    id,
    type: position % 10 === 9 ? ChannelType.GuildVoice : ChannelType.GuildText,
    name: `channel-${position}`,
    position,
    parent_id: categoryId,
    permission_overwrites: overwrites,
    flags: 0,
    topic: 'What this channel is about',
    nsfw: false,
    last_message_id: id,
    rate_limit_per_user: 0,
    bitrate: 64_000,
    user_limit: 0,
    rtc_region: null,
  };
}
