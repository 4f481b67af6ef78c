import { type MessageComponentInteraction, MessageFlags } from 'discord.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { UpdatingResponder } from './responder.js';
import { SerialQueue } from './serial-queue.js';

/** Answers a click, or changes the message that was clicked. */
export class ComponentResponder implements UpdatingResponder {
  readonly #interaction: MessageComponentInteraction;
  readonly #inOrder = new SerialQueue();
  /** After `reply`, "the original message" means that reply and no longer the message that was clicked. */
  #original: 'clicked' | 'reply' = 'clicked';

  constructor(interaction: MessageComponentInteraction) {
    this.#interaction = interaction;
  }

  reply(reply: Reply): Promise<SentMessage> {
    return this.#inOrder.run(async () => {
      const interaction = this.#interaction;
      const options = {
        ...toMessageOptions(reply),
        ...(reply.ephemeral && { flags: MessageFlags.Ephemeral as const }),
      };
      if (this.#isAnswered) {
        const message = await interaction.followUp(options);
        return { id: message.id, channelId: message.channelId };
      }
      const response = await interaction.reply({ ...options, withResponse: true });
      this.#original = 'reply';
      const message = response.resource?.message ?? (await interaction.fetchReply());
      return { id: message.id, channelId: message.channelId };
    });
  }

  update(message: Reply): Promise<void> {
    return this.#inOrder.run(async () => {
      const interaction = this.#interaction;
      const options = toMessageOptions(message);
      if (!this.#isAnswered) await interaction.update(options);
      else if (this.#original === 'clicked') await interaction.editReply(options);
      else await interaction.message.edit(options);
    });
  }

  defer(): Promise<void> {
    return this.#inOrder.run(async () => {
      if (!this.#isAnswered) await this.#interaction.deferUpdate();
    });
  }

  get #isAnswered(): boolean {
    return this.#interaction.deferred || this.#interaction.replied;
  }
}
