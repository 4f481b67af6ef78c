import { type APIMessage, type APIMessageReference, ApplicationIntegrationType } from 'discord-api-types/v10';
import { attachmentPayload, reactionPayload, userPayload } from './payloads.js';
import type { ChannelRecord, MessageRecord } from './records.js';
import type { World } from './world.js';

/** A message as the REST interface gives it. `guild_id` and `member`, which only events carry, are added by the caller. */
export function messagePayload(world: World, message: MessageRecord): APIMessage {
  const channel = world.channel(message.channelId);
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: userPayload(world.user(message.authorId)),
    content: message.content,
    timestamp: message.createdAt,
    edited_timestamp: message.editedAt,
    tts: false,
    pinned: false,
    mention_everyone: /@(everyone|here)\b/.test(message.content),
    mentions: mentionedIds(message.content, /<@!?(\d+)>/g)
      .map((id) => world.state.users[id])
      .filter((user) => user !== undefined)
      .map(userPayload),
    mention_roles: mentionedIds(message.content, /<@&(\d+)>/g),
    attachments: message.attachments.map(attachmentPayload),
    embeds: message.embeds,
    components: message.components,
    flags: message.flags,
    ...(message.nonce !== null && { nonce: message.nonce }),
    ...(message.reactions.length > 0 && { reactions: message.reactions.map(reactionPayload) }),
    ...replyFields(world, message, channel),
    ...interactionFields(world, message, channel),
  };
}

function mentionedIds(content: string, pattern: RegExp): string[] {
  return [...new Set([...content.matchAll(pattern)].map((match) => match[1] ?? ''))];
}

function replyFields(world: World, message: MessageRecord, channel: ChannelRecord): Partial<APIMessage> {
  if (message.repliesTo === null) return {};
  const original = world.messages.find(message.channelId, message.repliesTo);
  const reference: APIMessageReference = {
    type: 0,
    message_id: message.repliesTo,
    channel_id: message.channelId,
    ...(channel.guildId !== null && { guild_id: channel.guildId }),
  };
  // One level deep, as at Discord: what the original replied to is not repeated.
  const referenced = original && messagePayload(world, { ...original, repliesTo: null });
  return { message_reference: reference, referenced_message: referenced ?? null };
}

function interactionFields(world: World, message: MessageRecord, channel: ChannelRecord): Partial<APIMessage> {
  if (message.interaction === null) return {};
  const { id, type, userId, commandName } = message.interaction;
  const user = userPayload(world.user(userId));
  return {
    application_id: message.authorId,
    webhook_id: message.authorId,
    interaction_metadata: {
      id,
      type,
      user,
      authorizing_integration_owners: { [ApplicationIntegrationType.GuildInstall]: channel.guildId ?? '0' },
    } as NonNullable<APIMessage['interaction_metadata']>,
    ...(type === 2 && { interaction: { id, type, name: commandName, user } }),
  };
}
