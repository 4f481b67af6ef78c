import { type APIMessage, ApplicationFlags, GatewayIntentBits } from 'discord-api-types/v10';
import { SANDBOX_IDS } from '../ids.js';
import type { GatewayNews } from '../world/world-events.js';

const KNOWN_INTENTS = Object.values(GatewayIntentBits)
  .filter((bit) => typeof bit === 'number')
  .reduce((sum, bit) => sum | bit, 0);

/** What an application must be allowed to ask for. */
export const PRIVILEGED_INTENTS =
  GatewayIntentBits.GuildPresences | GatewayIntentBits.GuildMembers | GatewayIntentBits.MessageContent;

const { GatewayPresenceLimited, GatewayGuildMembersLimited, GatewayMessageContentLimited } = ApplicationFlags;
const flagsOfIntents = [
  [GatewayIntentBits.GuildPresences, GatewayPresenceLimited],
  [GatewayIntentBits.GuildMembers, GatewayGuildMembersLimited],
  [GatewayIntentBits.MessageContent, GatewayMessageContentLimited],
] as const;

/** The flags of an application that may ask for all intents but those: as of one that is in few servers. */
export function applicationFlags(disallowedIntents: number): number {
  return flagsOfIntents
    .filter(([intent]) => (disallowedIntents & intent) === 0)
    .reduce((flags, [, flag]) => flags | flag, 0);
}

/** The intent an event needs, in a guild and in a direct conversation. Events that are not listed need none. */
const needed: Record<string, { readonly guild: number; readonly direct?: number }> = {
  GUILD_CREATE: { guild: GatewayIntentBits.Guilds },
  GUILD_ROLE_DELETE: { guild: GatewayIntentBits.Guilds },
  GUILD_ROLE_CREATE: { guild: GatewayIntentBits.Guilds },
  GUILD_ROLE_UPDATE: { guild: GatewayIntentBits.Guilds },
  CHANNEL_UPDATE: { guild: GatewayIntentBits.Guilds },
  GUILD_MEMBER_ADD: { guild: GatewayIntentBits.GuildMembers },
  GUILD_MEMBER_UPDATE: { guild: GatewayIntentBits.GuildMembers },
  GUILD_MEMBER_REMOVE: { guild: GatewayIntentBits.GuildMembers },
  GUILD_BAN_ADD: { guild: GatewayIntentBits.GuildModeration },
  GUILD_BAN_REMOVE: { guild: GatewayIntentBits.GuildModeration },
  GUILD_SCHEDULED_EVENT_CREATE: { guild: GatewayIntentBits.GuildScheduledEvents },
  GUILD_SCHEDULED_EVENT_UPDATE: { guild: GatewayIntentBits.GuildScheduledEvents },
  GUILD_SCHEDULED_EVENT_DELETE: { guild: GatewayIntentBits.GuildScheduledEvents },
  MESSAGE_CREATE: { guild: GatewayIntentBits.GuildMessages, direct: GatewayIntentBits.DirectMessages },
  MESSAGE_UPDATE: { guild: GatewayIntentBits.GuildMessages, direct: GatewayIntentBits.DirectMessages },
  MESSAGE_DELETE: { guild: GatewayIntentBits.GuildMessages, direct: GatewayIntentBits.DirectMessages },
  MESSAGE_DELETE_BULK: { guild: GatewayIntentBits.GuildMessages },
  MESSAGE_REACTION_ADD: {
    guild: GatewayIntentBits.GuildMessageReactions,
    direct: GatewayIntentBits.DirectMessageReactions,
  },
  MESSAGE_REACTION_REMOVE: {
    guild: GatewayIntentBits.GuildMessageReactions,
    direct: GatewayIntentBits.DirectMessageReactions,
  },
  TYPING_START: { guild: GatewayIntentBits.GuildMessageTyping, direct: GatewayIntentBits.DirectMessageTyping },
};

/** True for bits that Discord does not know (close code 4013). */
export function hasUnknownIntents(intents: number): boolean {
  return (intents & ~KNOWN_INTENTS) !== 0 || intents < 0;
}

/** True when a session with these intents hears of `news`. */
export function isWanted(news: GatewayNews, intents: number): boolean {
  const need = needed[news.t];
  if (!need) return true;
  return (intents & ((news.isDirect ? need.direct : need.guild) ?? 0)) !== 0;
}

/**
 * What a session with these intents sees of an event: without MessageContent a guild's message has no content, unless the
 * bot wrote it or is mentioned in it.
 */
export function visiblePart(news: GatewayNews, intents: number): object {
  const isMessage = news.t === 'MESSAGE_CREATE' || news.t === 'MESSAGE_UPDATE';
  if (!isMessage || news.isDirect || (intents & GatewayIntentBits.MessageContent) !== 0) return news.d;
  const message = news.d as APIMessage;
  const concernsBot =
    message.author.id === SANDBOX_IDS.bot || message.mentions.some((user) => user.id === SANDBOX_IDS.bot);
  return concernsBot ? message : { ...message, content: '', embeds: [], attachments: [], components: [] };
}
