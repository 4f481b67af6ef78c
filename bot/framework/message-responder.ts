import type { Message } from 'discord.js';
import { effectKeyOf } from './effect-key.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { Responder } from './responder.js';

/** Answers a prefix command with messages that refer to it. */
export class MessageResponder implements Responder {
  readonly #message: Message;
  #replies = 0;

  constructor(message: Message) {
    this.#message = message;
  }

  async reply(reply: Reply): Promise<SentMessage> {
    const sent = await this.#message.reply({
      ...toMessageOptions(reply),
      // The n-th answer to one message has the same nonce in every run: Discord posts it once.
      nonce: effectKeyOf(this.#message.id, this.#replies++, 'r'),
      enforceNonce: true,
      failIfNotExists: false, // the question may be deleted by now
    });
    return { id: sent.id, channelId: sent.channelId };
  }

  async defer(): Promise<void> {
    if (this.#replies === 0 && this.#message.channel.isSendable()) await this.#message.channel.sendTyping();
  }
}
