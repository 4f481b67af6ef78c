import { MessageFlags } from 'discord-api-types/v10';
import { unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { compareSnowflakes } from '../snowflake.js';
import { messagePayload } from './message-payload.js';
import { NonceMemory } from './nonce-memory.js';
import { memberPayload } from './payloads.js';
import type { MessageRecord } from './records.js';
import type { World } from './world.js';

/** A channel forgets its oldest messages beyond this many, so that a load test does not fill the memory. */
const MAX_MESSAGES_PER_CHANNEL = 10_000;

/** A message that is to be made. A field that is left out is as in a plain message: no embeds, no buttons, no reply. */
export type NewMessage = Pick<MessageRecord, 'channelId' | 'authorId' | 'content'> &
  Partial<Omit<MessageRecord, 'id' | 'channelId' | 'authorId' | 'content'>>;

/** The fields that an edit changes; what is left out stays. */
export type MessageChange = Partial<Pick<MessageRecord, 'content' | 'embeds' | 'components' | 'attachments' | 'flags'>>;

/** The messages of all channels. Ephemeral ones are kept too, but only interactions and people can see them. */
export class Messages {
  readonly #world: World;
  readonly #nonces: NonceMemory;

  constructor(world: World) {
    this.#world = world;
    this.#nonces = new NonceMemory(world.clock);
  }

  /** After the world was put back from a file: what was sent in the last minutes is not sent again. */
  restored(): void {
    for (const channel of Object.values(this.#world.state.messages))
      for (const each of channel) this.#nonces.keep(each);
  }

  find(channelId: string, id: string): MessageRecord | undefined {
    const channel = this.#in(channelId);
    const index = indexOf(channel, id);
    return channel[index]?.id === id ? channel[index] : undefined;
  }

  /** @throws DiscordError 10008 */
  get(channelId: string, id: string): MessageRecord {
    const message = this.find(channelId, id);
    if (!message) throw unknown.message();
    return message;
  }

  /** Oldest first; with `after`, only newer ones than that id. */
  list(channelId: string, after = '0'): MessageRecord[] {
    this.#world.channel(channelId);
    return this.#in(channelId).filter((message) => compareSnowflakes(message.id, after) > 0);
  }

  /**
   * The message that `authorId` sent into the channel with this nonce within the last minutes.
   *
   * @throws DiscordError 10008 when it is deleted: Discord does not make another one.
   */
  findByNonce(channelId: string, authorId: string, nonce: string | number): MessageRecord | undefined {
    const id = this.#nonces.find(channelId, authorId, nonce);
    return id === undefined ? undefined : this.get(channelId, id);
  }

  create(draft: NewMessage): MessageRecord {
    this.#world.channel(draft.channelId);
    const message: MessageRecord = {
      type: 0,
      createdAt: this.#world.nowIso(),
      editedAt: null,
      flags: 0,
      nonce: null,
      embeds: [],
      components: [],
      attachments: [],
      repliesTo: null,
      interaction: null,
      reactions: [],
      ...draft,
      id: this.#world.snowflakes.next(),
    };
    const channel = this.#in(message.channelId);
    channel.push(message);
    if (channel.length > MAX_MESSAGES_PER_CHANNEL) channel.shift();
    this.#nonces.keep(message);
    this.#announce('MESSAGE_CREATE', message, isLoading(message) ? 'deferred' : 'message');
    return message;
  }

  edit(message: MessageRecord, change: MessageChange, interactionId?: string): MessageRecord {
    Object.assign(message, change, { editedAt: this.#world.nowIso() });
    this.#announce('MESSAGE_UPDATE', message, 'edit', interactionId);
    return message;
  }

  delete(message: MessageRecord): void {
    this.#remove(message);
    this.#world.changed(this.#news(message, 'MESSAGE_DELETE', { id: message.id, ...namingOf(this.#world, message) }), {
      kind: 'delete',
      channelId: message.channelId,
      message: messagePayload(this.#world, message),
    });
  }

  bulkDelete(channelId: string, ids: readonly string[]): void {
    const doomed = this.#in(channelId).filter((message) => ids.includes(message.id));
    for (const message of doomed) this.#remove(message);
    const { guildId } = this.#world.channel(channelId);
    const d = { ids: doomed.map((message) => message.id), channel_id: channelId, guild_id: guildId };
    this.#world.changed({ t: 'MESSAGE_DELETE_BULK', d, isDirect: false });
  }

  /** Deletes what `userId` said in the guild since `sinceMs` (wall clock): the clean-up that a ban can ask for. */
  deleteRecentBy(guildId: string, userId: string, sinceMs: number): void {
    for (const channel of this.#world.channelsOf(guildId)) {
      const doomed = this.#in(channel.id).filter(
        (message) => message.authorId === userId && Date.parse(message.createdAt) >= sinceMs,
      );
      if (doomed.length > 0)
        this.bulkDelete(
          channel.id,
          doomed.map((message) => message.id),
        );
    }
  }

  /** The message as an event carries it: with the guild, and the author's membership there. */
  eventPayload(message: MessageRecord): object {
    const channel = this.#world.channel(message.channelId);
    const payload = messagePayload(this.#world, message);
    if (channel.guildId === null) return { ...payload, channel_type: 1 };
    const member = this.#world.guild(channel.guildId).members[message.authorId];
    return { ...payload, channel_type: 0, guild_id: channel.guildId, ...(member && { member: memberPayload(member) }) };
  }

  #in(channelId: string): MessageRecord[] {
    const { messages } = this.#world.state;
    messages[channelId] ??= [];
    return messages[channelId];
  }

  #remove(message: MessageRecord): void {
    const channel = this.#in(message.channelId);
    const index = indexOf(channel, message.id);
    if (channel[index] === message) channel.splice(index, 1);
  }

  #announce(t: string, message: MessageRecord, kind: 'message' | 'deferred' | 'edit', editedBy?: string): void {
    const interactionId = editedBy ?? message.interaction?.id;
    const { recipientId } = this.#world.channel(message.channelId);
    // Discord does not tell a bot about its own ephemeral messages.
    const news = isEphemeral(message) ? undefined : this.#news(message, t, this.eventPayload(message));
    this.#world.changed(news, {
      kind,
      channelId: message.channelId,
      message: messagePayload(this.#world, message),
      ...(interactionId !== undefined && { interactionId }),
      ...(recipientId !== null && { directWith: recipientId }),
    });
  }

  #news(message: MessageRecord, t: string, d: object): { t: string; d: object; isDirect: boolean } {
    return { t, d, isDirect: this.#world.channel(message.channelId).guildId === null };
  }
}

/** Where the message with that id is, or would be: a channel has them in the order of their ids. */
function indexOf(channel: readonly MessageRecord[], id: string): number {
  let [low, high] = [0, channel.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isOlder(channel[middle]?.id ?? '', id)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `compareSnowflakes`, without its BigInts: every message that is made looks for others. */
function isOlder(left: string, right: string): boolean {
  return left.length === right.length ? left < right : left.length < right.length;
}

/** The fields that tell in an event which message is meant. */
export function namingOf(world: World, message: MessageRecord): { channel_id: string; guild_id?: string } {
  const { guildId } = world.channel(message.channelId);
  return { channel_id: message.channelId, ...(guildId !== null && { guild_id: guildId }) };
}

/** Whether a message is shown to one person only: the one who used the interaction that it answers. */
export function isEphemeral(message: MessageRecord): boolean {
  return (message.flags & MessageFlags.Ephemeral) !== 0;
}

/** "Tux is thinking…": a deferred answer that has no content yet. */
export function isLoading(message: MessageRecord): boolean {
  return (message.flags & MessageFlags.Loading) !== 0;
}

/** True for a message of the bot itself, the only ones it may edit. */
export function isOwn(message: MessageRecord): boolean {
  return message.authorId === SANDBOX_IDS.bot;
}
