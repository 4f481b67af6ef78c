import { type ChatInputCommandInteraction, type Message, MessageFlags } from 'discord.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { Responder } from './responder.js';
import { SerialQueue } from './serial-queue.js';

/** Answers a slash command: the first answer replies or fills in the deferred one, the later ones follow up. */
export class InteractionResponder implements Responder {
  readonly #interaction: ChatInputCommandInteraction;
  readonly #isEphemeral: boolean;
  /** Two answers at once, or an answer during a deferral, would both take themselves for the first. */
  readonly #inOrder = new SerialQueue();

  /** @param isEphemeral what holds for a reply that does not say. */
  constructor(interaction: ChatInputCommandInteraction, isEphemeral: boolean) {
    this.#interaction = interaction;
    this.#isEphemeral = isEphemeral;
  }

  reply(reply: Reply): Promise<SentMessage> {
    return this.#inOrder.run(async () => {
      const message = await this.#send(reply);
      return { id: message.id, channelId: message.channelId };
    });
  }

  defer(): Promise<void> {
    return this.#inOrder.run(async () => {
      if (this.#interaction.deferred || this.#interaction.replied) return;
      await this.#interaction.deferReply(this.#flags(this.#isEphemeral));
    });
  }

  async #send(reply: Reply): Promise<Message> {
    const interaction = this.#interaction;
    const options = { ...toMessageOptions(reply), ...this.#flags(reply.ephemeral ?? this.#isEphemeral) };
    if (interaction.replied) return interaction.followUp(options);
    // Whether it is ephemeral was settled by the deferral.
    if (interaction.deferred) return interaction.editReply(toMessageOptions(reply));
    const response = await interaction.reply({ ...options, withResponse: true });
    return response.resource?.message ?? interaction.fetchReply();
  }

  #flags(isEphemeral: boolean): { flags?: MessageFlags.Ephemeral } {
    return isEphemeral ? { flags: MessageFlags.Ephemeral } : {};
  }
}
