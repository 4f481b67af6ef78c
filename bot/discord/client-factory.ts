import type { IIdentifyThrottler, WebSocketManager } from '@discordjs/ws';
import { Client, GatewayIntentBits, Options, Partials } from 'discord.js';

export interface ClientOptions {
  /** REST endpoint other than Discord's, without the version. */
  readonly apiUrl: string | undefined;
  readonly buildIdentifyThrottler: (manager: WebSocketManager) => IIdentifyThrottler;
}

/**
 * What Tux listens to. Two of them are privileged and have to be allowed in the developer portal: without MessageContent no
 * prefix command can be read, without GuildMembers nobody who joins is greeted.
 */
const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMembers,
  GatewayIntentBits.GuildModeration,
  GatewayIntentBits.GuildScheduledEvents,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.MessageContent,
];

const HOUR_S = 3_600;
/** READY is complete after the last guild, or after this long without one. */
const GUILDS_TIMEOUT_MS = 5_000;

/**
 * One client for one login attempt: discord.js never resets `ws.destroyed` (its issue #10493), so a client that failed once
 * cannot be used again. Caches are bounded: by default users and members of discord.js grow with everybody ever seen.
 */
export function createClient(options: ClientOptions): Client {
  return new Client({
    intents: INTENTS,
    partials: [Partials.Channel], // direct messages arrive in channels that were never seen before
    allowedMentions: { parse: [], repliedUser: false },
    waitGuildTimeout: GUILDS_TIMEOUT_MS,
    ws: { buildIdentifyThrottler: options.buildIdentifyThrottler },
    ...(options.apiUrl && { rest: { api: apiBase(options.apiUrl) } }),
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 50,
      ReactionManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      GuildBanManager: 0,
      GuildInviteManager: 0,
      GuildStickerManager: 0,
      UserManager: { maxSize: 10_000, keepOverLimit: (user) => user.id === user.client.user?.id },
      GuildMemberManager: { maxSize: 1_000, keepOverLimit: (member) => member.id === member.client.user?.id },
    }),
    sweepers: {
      ...Options.DefaultSweeperSettings,
      messages: { interval: HOUR_S, lifetime: HOUR_S },
      users: { interval: HOUR_S, filter: () => (user) => user.id !== user.client.user?.id },
      guildMembers: { interval: HOUR_S, filter: () => (member) => member.id !== member.client.user?.id },
    },
  });
}

/** discord.js appends `/v10` itself. */
function apiBase(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v\d+$/, '');
}
