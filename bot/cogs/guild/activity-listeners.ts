import type { Message, PartialMessage } from 'discord.js';
import { type CogListener, defineListener } from '../../framework/cog.js';
import { isTextEdit } from './activity.js';
import { activityLogOf } from './activity-log.js';

/*
 * Only the latest messages are remembered (see `client-factory`). Of others Discord tells no more than that they are gone:
 * such a deletion is reported without author and text, since nobody can tell any more whose it was.
 */

const joins = defineListener('guildMemberAdd', async (services, { guild, user, joinedTimestamp: joinedAt }) => {
  const { id: userId, username: name, createdTimestamp: createdAt } = user;
  await activityLogOf(services).report(guild.id, { kind: 'join', userId, name, createdAt, joinedAt });
});

const leaves = defineListener('guildMemberRemove', async (services, { guild, user, joinedTimestamp }) => {
  if (user.id === user.client.user.id) return; // nobody is left to be told
  const { id: userId, username: name } = user;
  await activityLogOf(services).report(guild.id, { kind: 'leave', userId, name, joinedAt: joinedTimestamp });
});

const edits = defineListener('messageUpdate', async (services, old, message) => {
  const { guildId, channelId, author, id, content, editedTimestamp } = message;
  if (guildId === null || isFromProgram(message)) return;
  const before = old.partial ? null : old.content;
  const edit = { before, after: content, editedAt: editedTimestamp, now: services.clock.now() };
  if (!isTextEdit(edit)) return;
  const what = { userId: author.id, channelId, messageId: id, before, after: content, editedAt: editedTimestamp ?? 0 };
  await activityLogOf(services).report(guildId, { kind: 'edit', ...what }, channelId);
});

const deletions = defineListener('messageDelete', async (services, message) => {
  const { guildId, channelId, id } = message;
  if (guildId === null || isFromProgram(message)) return;
  const said = message.partial ? null : { userId: message.author.id, text: textOf(message) };
  await activityLogOf(services).report(guildId, { kind: 'delete', channelId, messageId: id, said }, channelId);
});

const purges = defineListener('messageDeleteBulk', async (services, messages, channel) => {
  const people = messages.filter((message) => !isFromProgram(message));
  const messageId = people.firstKey();
  if (messageId === undefined) return;
  const purge = { kind: 'purge', channelId: channel.id, messageId, count: people.size } as const;
  await activityLogOf(services).report(channel.guild.id, purge, channel.id);
});

/** False as well for a message that is not remembered. */
function isFromProgram({ author, webhookId }: Message | PartialMessage): boolean {
  return author?.bot === true || (webhookId !== null && webhookId !== undefined);
}

/** What was said, and how many files came with it. */
function textOf({ content, attachments }: Message): string {
  return attachments.size === 0 ? content : `${content} 📎 ${attachments.size}`;
}

/** Everything that the activity log hears of. */
export const activityListeners: readonly CogListener[] = [joins, leaves, edits, deletions, purges];
