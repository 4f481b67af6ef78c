import type { Message } from 'discord.js';
import { effectKeyOf } from './effect-key.js';
import { snowflakeTimeMs } from './event-age.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { Responder } from './responder.js';

/** Discord recognises a nonce for "a few minutes"; what is older than this is looked for among the messages instead. */
const NONCE_TRUSTED_MS = 60_000;

/** Answers a prefix command with messages that refer to it. */
export class MessageResponder implements Responder {
  readonly #message: Message;
  readonly #now: number;
  readonly #isReplayed: boolean;
  #replies = 0;
  #earlier: Promise<readonly SentMessage[]> | undefined;

  /** @param replay whether an earlier worker may have answered already, and the time, in wall-clock milliseconds. */
  constructor(message: Message, replay: { readonly isReplayed: boolean; readonly now: number }) {
    this.#message = message;
    this.#isReplayed = replay.isReplayed;
    this.#now = replay.now;
  }

  async reply(reply: Reply): Promise<SentMessage> {
    const index = this.#replies++;
    this.#earlier ??= this.#findEarlier();
    const earlier = (await this.#earlier)[index];
    if (earlier) return earlier;
    try {
      return await this.#send(reply, index);
    } catch (error) {
      // Whatever is said instead has the same nonce: if the answer was posted after all, and only word of it got lost, it stays the
      // only one.
      if (this.#replies === index + 1) this.#replies = index;
      throw error;
    }
  }

  async #send(reply: Reply, index: number): Promise<SentMessage> {
    const sent = await this.#message.reply({
      ...toMessageOptions(reply),
      // The n-th answer to one message has the same nonce in every run: Discord posts it once.
      nonce: effectKeyOf(this.#message.id, index, 'r'),
      enforceNonce: true,
      failIfNotExists: false, // the question may be deleted by now
    });
    return { id: sent.id, channelId: sent.channelId };
  }

  /** The answers of an earlier worker to an old message, the first one first; none where they cannot be looked for. */
  async #findEarlier(): Promise<readonly SentMessage[]> {
    const { id, channel, channelId, client } = this.#message;
    if (!this.#isReplayed || this.#now - snowflakeTimeMs(id) < NONCE_TRUSTED_MS) return [];
    const later = await channel.messages.fetch({ after: id, limit: 100, cache: false }).catch(() => null);
    const own = [...(later?.values() ?? [])].filter(
      ({ author, reference }) => author.id === client.user.id && reference?.messageId === id,
    );
    return own.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)).map((one) => ({ id: one.id, channelId }));
  }

  async defer(): Promise<void> {
    if (this.#replies === 0 && this.#message.channel.isSendable()) await this.#message.channel.sendTyping();
  }
}
