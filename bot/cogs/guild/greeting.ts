import type { GuildMember } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { defineListener } from '../../framework/cog.js';
import { isForbidden, isGone } from '../../framework/discord-failure.js';
import { guildSettingsOf } from './guild-settings.js';
import { DEFAULT_WELCOME, fillWelcome } from './welcome-text.js';

/** Who joined longer ago, while the bot was away, is not greeted as if they had just come. */
const MAX_AGE_MS = 10 * 60_000;

/** Greets who joins; nobody else is notified, whatever the text says. */
export const greetingListener = defineListener('guildMemberAdd', async (services, member) => {
  const { guild, user, joinedTimestamp } = member;
  const { welcomeChannelId, welcomeMessage } = await guildSettingsOf(services).of(guild.id);
  if (welcomeChannelId === null || user.bot || !isNews(joinedTimestamp, services.clock.now())) return;
  const content = fillWelcome(welcomeMessage ?? DEFAULT_WELCOME, {
    userId: user.id,
    serverName: guild.name,
    memberCount: guild.memberCount,
  });
  try {
    await services.messenger.send(welcomeChannelId, { content, mentionUserIds: [user.id] }, joinKey(member));
  } catch (err) {
    await giveUp(services, guild.id, welcomeChannelId, err);
  }
});

function isNews(joinedAtMs: number | null, nowMs: number): boolean {
  return joinedAtMs === null || nowMs - joinedAtMs < MAX_AGE_MS;
}

/** One key for each time somebody joins: the same event, handled twice, greets once, and who comes back is greeted again. */
function joinKey({ id, joinedTimestamp }: GuildMember): string {
  return `${BigInt(id).toString(36)}-w${(joinedTimestamp ?? 0).toString(36)}`;
}

/** A channel that is gone is no longer tried; one that is closed to us may be opened again. */
async function giveUp(services: BotServices, guildId: string, channelId: string, err: unknown): Promise<void> {
  if (!isGone(err) && !isForbidden(err)) throw err;
  services.log.warn({ event: 'welcome:failed', err, guildId }, '⚠️ a new member could not be greeted');
  if (isGone(err)) await guildSettingsOf(services).dropWelcomeChannel(guildId, channelId);
}
