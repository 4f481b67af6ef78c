import { unknown } from '../discord-error.js';
import { messagePayload } from './message-payload.js';
import { namingOf } from './messages.js';
import type { MessageRecord, ReactionRecord } from './records.js';
import type { World } from './world.js';

/** An emoji as a reaction names it; `id` is null for a Unicode one. */
export interface ReactionEmoji {
  readonly id: string | null;
  readonly name: string;
}

/** Who reacted to which message with what. */
export class Reactions {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Reacting again with the same emoji changes nothing. */
  add(message: MessageRecord, userId: string, emoji: ReactionEmoji): void {
    const reaction = find(message, emoji) ?? { emojiId: emoji.id, emojiName: emoji.name, userIds: [] };
    if (reaction.userIds.includes(userId)) return;
    reaction.userIds.push(userId);
    if (reaction.userIds.length === 1) message.reactions.push(reaction);
    this.#world.changed(this.#news('MESSAGE_REACTION_ADD', message, userId, emoji), {
      kind: 'reaction',
      channelId: message.channelId,
      message: messagePayload(this.#world, message),
      emoji: emoji.name,
      userId,
    });
  }

  /** @throws DiscordError 10014 when there is no such reaction. */
  remove(message: MessageRecord, userId: string, emoji: ReactionEmoji): void {
    const reaction = find(message, emoji);
    if (!reaction?.userIds.includes(userId)) throw unknown.emoji();
    reaction.userIds = reaction.userIds.filter((id) => id !== userId);
    message.reactions = message.reactions.filter((other) => other.userIds.length > 0);
    this.#world.changed(this.#news('MESSAGE_REACTION_REMOVE', message, userId, emoji));
  }

  #news(t: string, message: MessageRecord, userId: string, emoji: ReactionEmoji) {
    const { guildId } = this.#world.channel(message.channelId);
    const guild = guildId === null ? null : this.#world.guild(guildId);
    const d = {
      user_id: userId,
      message_id: message.id,
      message_author_id: message.authorId,
      ...namingOf(this.#world, message),
      emoji,
      burst: false,
      type: 0,
      ...(guild?.members[userId] && { member: this.#world.memberWithUser(guild, userId) }),
    };
    return { t, d, isDirect: guildId === null };
  }
}

function find(message: MessageRecord, emoji: ReactionEmoji): ReactionRecord | undefined {
  return message.reactions.find(({ emojiId, emojiName }) => emojiId === emoji.id && emojiName === emoji.name);
}
