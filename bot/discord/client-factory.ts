import type { IIdentifyThrottler, WebSocketManager } from '@discordjs/ws';
import {
  type CacheFactory,
  Client,
  Collection,
  GatewayIntentBits,
  type GuildMember,
  Options,
  Partials,
  type User,
} from 'discord.js';
import { systemClock } from '../../shared/clock.js';
import { TuxShardingStrategy } from './sharding-strategy.js';
import { SharedLimit, SharedLimitCollection } from './shared-limit.js';
import { steadyLimits } from './steady-limits.js';

export interface ClientOptions {
  /** REST endpoint other than Discord's, without the version. */
  readonly apiUrl: string | undefined;
  readonly buildIdentifyThrottler: (manager: WebSocketManager) => IIdentifyThrottler;
  /** Told of the connections before the first is opened. */
  readonly onSockets?: (manager: WebSocketManager) => void;
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
/** The same as the number that Discord is told. */
export const INTENT_BITS = INTENTS.reduce((bits, intent) => bits | intent, 0);

const HOUR_S = 3_600;
/** READY is complete after the last guild, or after this long without one. */
const GUILDS_TIMEOUT_MS = 5_000;

/**
 * How much is remembered of people and what they say, over all guilds. What is not there any more is asked of Discord. Guilds,
 * channels and roles are all kept: permissions and the order of roles are worked out from them.
 */
const MAX_USERS = 10_000;
const MAX_MEMBERS = 10_000;
const MAX_MESSAGES = 5_000;

/**
 * One client for one login attempt: discord.js never resets `ws.destroyed` (its issue #10493), so a client that failed once
 * cannot be used again. Caches are bounded: by default users and members of discord.js grow with everybody ever seen.
 */
export function createClient(options: ClientOptions): Client {
  const client = new Client({
    intents: INTENTS,
    // What happens to somebody or something that is not remembered is told all the same; and direct messages arrive in
    // channels that were never seen before.
    partials: [Partials.Channel, Partials.GuildMember, Partials.Message],
    allowedMentions: { parse: [], repliedUser: false },
    waitGuildTimeout: GUILDS_TIMEOUT_MS,
    ws: { buildIdentifyThrottler: options.buildIdentifyThrottler, buildStrategy: strategyOf(options) },
    ...(options.apiUrl && { rest: { api: apiBase(options.apiUrl) } }),
    makeCache: boundedCaches(),
    sweepers: {
      ...Options.DefaultSweeperSettings,
      messages: { interval: HOUR_S, lifetime: HOUR_S },
      users: { interval: HOUR_S, filter: () => (user) => !isOurselves(user) },
      guildMembers: { interval: HOUR_S, filter: () => (member) => !isOurselves(member) },
    },
  });
  steadyLimits(client.rest, systemClock);
  return client;
}

function strategyOf({ onSockets }: ClientOptions): (manager: WebSocketManager) => TuxShardingStrategy {
  return (manager) => {
    onSockets?.(manager);
    return new TuxShardingStrategy(manager);
  };
}

/** Members and messages share one bound each over all guilds and channels; our own member is always there. */
function boundedCaches(): CacheFactory {
  const members = new SharedLimit(MAX_MEMBERS);
  const messages = new SharedLimit(MAX_MESSAGES);
  const others = Options.cacheWithLimits({
    UserManager: { maxSize: MAX_USERS, keepOverLimit: isOurselves },
    ReactionManager: 0,
    ReactionUserManager: 0,
    PresenceManager: 0,
    VoiceStateManager: 0,
    GuildBanManager: 0,
    GuildEmojiManager: 0,
    GuildInviteManager: 0,
    GuildStickerManager: 0,
    StageInstanceManager: 0,
    AutoModerationRuleManager: 0,
    ThreadMemberManager: 0,
  });
  /** Managers without a limit. Each channel has several: to look them up by name each time shows when there are 25,000. */
  const unlimited = new Set<object>();
  const makeCache: CacheFactory = (type, holds, manager) => {
    if (unlimited.has(manager)) return new Collection();
    if (type.name === 'MessageManager') return new SharedLimitCollection(messages, () => false);
    if (type.name === 'GuildMemberManager') return new SharedLimitCollection(members, isOurselves);
    const cache = others(type, holds, manager);
    if (Object.getPrototypeOf(cache) === Collection.prototype) unlimited.add(manager);
    return cache;
  };
  return makeCache;
}

function isOurselves(cached: unknown): boolean {
  const { id, client } = cached as GuildMember | User;
  return id === client.user?.id;
}

/** discord.js appends `/v10` itself. */
function apiBase(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v\d+$/, '');
}
