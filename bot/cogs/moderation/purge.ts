import { escapeMarkdown, PermissionFlagsBits, type User } from 'discord.js';
import { z } from 'zod';
import type { BotServices } from '../../framework/bot-services.js';
import { isForbidden, isGone, isRefusal } from '../../framework/discord-failure.js';
import { snowflakeTimeMs } from '../../framework/event-age.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { integerOption, userOption } from '../../framework/options.js';
import type { JobKind } from '../../scheduling/job-kind.js';
import { changeReason, type ModeratedChannel, moderatedChannel } from './text-channel.js';

const PURGE_KIND = 'moderation.purge';
const PURGE_RANK = 2;
const MAX_COUNT = 100;
/** How many messages are looked through for those of one person. */
const MAX_SEARCHED = 500;
const PAGE = 100;
/** Discord's limit for deleting many at once, less a minute in which the job may wait. */
const MAX_AGE_MS = 14 * 86_400_000 - 60_000;

const payloadSchema = z.object({
  channelId: z.string(),
  messageIds: z.array(z.string()),
  /** Where the result is written: our own answer. */
  answerId: z.string(),
  /** What the answer says when all went well. */
  doneText: z.string(),
  reason: z.string(),
});

/**
 * `$purge 20`, `$purge 20 @bob`: of the messages before the command. Which ones they are is settled once, in a durable job,
 * so that the command handled again does not delete the next twenty.
 */
export const purgeCommand = defineGuildCommand({
  name: 'purge',
  description: 'Deletes the latest messages of this channel, or those of one person.',
  options: {
    count: integerOption({ description: 'How many, at most 100', required: true, min: 1, max: MAX_COUNT }),
    user: userOption({ description: 'Only those of this person' }),
  },
  rank: PURGE_RANK,
  async run(ctx, guild, { count, user }) {
    const { ManageMessages, ReadMessageHistory } = PermissionFlagsBits;
    const found = await moderatedChannel(ctx, guild, undefined, ManageMessages | ReadMessageHistory);
    if ('refusal' in found) return ctx.refuse(found.refusal);
    const { channel } = found;
    const { messageIds, isCutByAge } = await select(channel, ctx.eventId, count, user, ctx.services.clock.now());
    const doneText = purgeText(messageIds.length, user, isCutByAge);
    if (messageIds.length === 0) {
      await ctx.reply(doneText);
      return;
    }
    const answer = await ctx.reply('🧹 Deleting…');
    await ctx.services.jobs.enqueue({
      kind: PURGE_KIND,
      payload: { channelId: channel.id, messageIds, answerId: answer.id, doneText, reason: changeReason(ctx) },
      dedupeKey: ctx.effectKey(0),
      guildId: channel.guild.id,
      channelId: channel.id,
    });
  },
});

/** The newest `count` messages before an event, or those of one person among them. */
async function select(
  channel: ModeratedChannel,
  before: string,
  count: number,
  user: User | undefined,
  now: number,
): Promise<{ readonly messageIds: string[]; readonly isCutByAge: boolean }> {
  const messageIds: string[] = [];
  let oldest = before;
  for (let searched = 0; searched < MAX_SEARCHED; searched += PAGE) {
    const page = await channel.messages.fetch({ before: oldest, limit: PAGE, cache: false });
    for (const message of page.values()) {
      if (now - snowflakeTimeMs(message.id) > MAX_AGE_MS) return { messageIds, isCutByAge: true };
      if (user === undefined || message.author.id === user.id) messageIds.push(message.id);
      if (messageIds.length === count) return { messageIds, isCutByAge: false };
    }
    if (page.size < PAGE) break;
    oldest = page.lastKey() ?? oldest;
  }
  return { messageIds, isCutByAge: false };
}

/** What the moderator is told about `count` deleted messages. */
export function purgeText(count: number, user: Pick<User, 'username'> | undefined, isCutByAge: boolean): string {
  const whose = user === undefined ? '' : ` of **${escapeMarkdown(user.username)}**`;
  const messages = `${count} ${count === 1 ? 'message' : 'messages'}${whose}`;
  const older = isCutByAge ? ' The others are older than 14 days, and Discord lets nobody delete those in bulk.' : '';
  return count === 0 ? `There was nothing to delete.${older}` : `🧹 Deleted ${messages}.${older}`;
}

/** Deletes the messages that were chosen. Those that are gone already do no harm. */
export function purgeJob({ guilds, messenger }: BotServices): JobKind<z.infer<typeof payloadSchema>> {
  return {
    name: PURGE_KIND,
    payload: payloadSchema,
    idempotent: true,
    async run({ job, payload, log }) {
      const { channelId, messageIds, answerId, doneText, reason } = payload;
      const channel = guilds.get(job.guildId ?? '')?.channels.cache.get(channelId);
      if (!channel?.isTextBased()) return;
      let text = doneText;
      try {
        // `bulkDelete` takes no reason.
        const [only] = messageIds;
        const rest = channel.client.rest;
        if (messageIds.length === 1 && only !== undefined)
          await rest.delete(`/channels/${channelId}/messages/${only}`, { reason });
        else await rest.post(`/channels/${channelId}/messages/bulk-delete`, { body: { messages: messageIds }, reason });
      } catch (err) {
        if (isForbidden(err)) text = '⚠️ Discord does not let me delete them: I lack a permission.';
        else if (!isRefusal(err)) throw err;
        else if (!isGone(err)) text = '⚠️ Discord does not let me delete them.';
        log.info({ event: 'moderation:purge:incomplete', err }, '⚠️ a purge did not delete everything');
      }
      await messenger.edit(channelId, answerId, { content: text }).catch((err: unknown) => {
        log.info({ event: 'moderation:purge:untold', err }, '⚠️ the answer to a purge could not be changed');
      });
    },
  };
}
