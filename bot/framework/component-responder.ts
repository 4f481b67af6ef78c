import { type Message, type MessageComponentInteraction, MessageFlags } from 'discord.js';
import { adoptOriginal, makeCallback } from './earlier-response.js';
import type { InteractionResponderOptions } from './interaction-responder.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { ResumableResponder, UpdatingResponder } from './responder.js';
import { SerialQueue } from './serial-queue.js';

export type ComponentResponderOptions = Omit<InteractionResponderOptions, 'isEphemeral'>;

/** Answers a click, or changes the message that was clicked. */
export class ComponentResponder implements UpdatingResponder, ResumableResponder {
  readonly #interaction: MessageComponentInteraction;
  readonly #options: ComponentResponderOptions;
  readonly #inOrder = new SerialQueue();
  /** After `reply`, "the original message" means that reply and no longer the message that was clicked. */
  #original: 'clicked' | 'reply' = 'clicked';
  #replies = 0;
  /** The answer of an earlier worker. */
  #earlier: SentMessage | undefined;

  constructor(interaction: MessageComponentInteraction, options: ComponentResponderOptions) {
    this.#interaction = interaction;
    this.#options = options;
  }

  takeUp(): Promise<boolean> {
    return this.#inOrder.run(() => adoptOriginal(this.#interaction, (original) => this.#adopt(original)));
  }

  reply(reply: Reply): Promise<SentMessage> {
    return this.#inOrder.run(async () => {
      const interaction = this.#interaction;
      const index = this.#replies++;
      if (index === 0 && this.#earlier) return this.#earlier;
      const options = {
        ...toMessageOptions(reply),
        ...(reply.ephemeral && { flags: MessageFlags.Ephemeral as const }),
      };
      if (!this.#isAnswered) {
        const response = await this.#callBack(() => interaction.reply({ ...options, withResponse: true }));
        if (response !== null) {
          this.#original = 'reply';
          const message = response.resource?.message ?? (await interaction.fetchReply());
          return { id: message.id, channelId: message.channelId };
        }
        if (this.#earlier) return this.#earlier;
      }
      const { id, channelId } = interaction.message;
      if (!(await this.#options.maySend(index))) return this.#earlier ?? { id, channelId };
      const message = await interaction.followUp(options);
      return { id: message.id, channelId: message.channelId };
    });
  }

  update(message: Reply): Promise<void> {
    return this.#inOrder.run(async () => {
      const interaction = this.#interaction;
      const options = toMessageOptions(message);
      if (!this.#isAnswered && (await this.#callBack(() => interaction.update(options))) !== null) return;
      if (this.#original === 'clicked') await interaction.editReply(options);
      else await interaction.message.edit(options);
    });
  }

  defer(): Promise<void> {
    return this.#inOrder.run(async () => {
      if (!this.#isAnswered) await this.#callBack(() => this.#interaction.deferUpdate());
    });
  }

  /** @returns null when an earlier worker has made the callback. */
  #callBack<T>(callback: () => Promise<T>): Promise<T | null> {
    this.#options.note.begin();
    if (!this.#options.isReplayed) return callback();
    return makeCallback(this.#interaction, (original) => this.#adopt(original), callback);
  }

  /** What was clicked is the original response after an update or its deferral. */
  #adopt({ id, channelId }: Message): void {
    const interaction = this.#interaction;
    if (id === interaction.message.id) {
      interaction.deferred = true;
      return;
    }
    interaction.replied = true;
    this.#original = 'reply';
    this.#earlier = { id, channelId };
  }

  get #isAnswered(): boolean {
    return this.#interaction.deferred || this.#interaction.replied;
  }
}
