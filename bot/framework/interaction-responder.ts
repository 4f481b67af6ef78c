import { type ChatInputCommandInteraction, type Message, MessageFlags } from 'discord.js';
import type { AnswerNote } from './answer-note.js';
import { adoptOriginal, type FollowUpPermit, makeCallback } from './earlier-response.js';
import { type Reply, type SentMessage, toMessageOptions } from './outgoing-message.js';
import type { ResumableResponder } from './responder.js';
import { SerialQueue } from './serial-queue.js';

export interface InteractionResponderOptions {
  /** What holds for a reply that does not say. */
  readonly isEphemeral: boolean;
  readonly maySend: FollowUpPermit;
  /** An earlier worker may have answered. */
  readonly isReplayed: boolean;
  readonly note: Pick<AnswerNote, 'begin'>;
}

/** Answers a slash command: the first answer replies or fills in the deferred one, the later ones follow up. */
export class InteractionResponder implements ResumableResponder {
  readonly #interaction: ChatInputCommandInteraction;
  readonly #options: InteractionResponderOptions;
  /** Two answers at once, or an answer during a deferral, would both take themselves for the first. */
  readonly #inOrder = new SerialQueue();
  #replies = 0;
  /** The first answer: sent by an earlier worker, or by us. */
  #first: SentMessage | undefined;

  constructor(interaction: ChatInputCommandInteraction, options: InteractionResponderOptions) {
    this.#interaction = interaction;
    this.#options = options;
  }

  takeUp(): Promise<boolean> {
    return this.#inOrder.run(() => adoptOriginal(this.#interaction, (original) => this.#adopt(original)));
  }

  reply(reply: Reply): Promise<SentMessage> {
    return this.#inOrder.run(async () => {
      const index = this.#replies++;
      // The n-th answer in every run: what an earlier worker has answered is not answered again.
      if (this.#first && (index === 0 || !(await this.#options.maySend(index)))) return this.#first;
      const sent = await this.#send(reply);
      this.#first ??= { id: sent.id, channelId: sent.channelId };
      return { id: sent.id, channelId: sent.channelId };
    });
  }

  defer(): Promise<void> {
    return this.#inOrder.run(async () => {
      if (this.#interaction.deferred || this.#interaction.replied) return;
      await this.#callBack(() => this.#interaction.deferReply(this.#flags(this.#options.isEphemeral)));
    });
  }

  /** @returns null when an earlier worker has made the callback. */
  #callBack<T>(callback: () => Promise<T>): Promise<T | null> {
    this.#options.note.begin();
    if (!this.#options.isReplayed) return callback();
    return makeCallback(this.#interaction, (original) => this.#adopt(original), callback);
  }

  #adopt({ id, channelId, flags }: Message): void {
    if (flags.has(MessageFlags.Loading)) {
      this.#interaction.deferred = true;
      return;
    }
    this.#interaction.replied = true;
    this.#first = { id, channelId };
  }

  async #send(reply: Reply): Promise<SentMessage> {
    const interaction = this.#interaction;
    const options = { ...toMessageOptions(reply), ...this.#flags(reply.ephemeral ?? this.#options.isEphemeral) };
    if (interaction.replied) return interaction.followUp(options);
    // Whether it is ephemeral was settled by the deferral.
    if (interaction.deferred) return interaction.editReply(toMessageOptions(reply));
    const response = await this.#callBack(() => interaction.reply({ ...options, withResponse: true }));
    if (response === null) return this.#first ?? interaction.editReply(toMessageOptions(reply));
    return response.resource?.message ?? interaction.fetchReply();
  }

  #flags(isEphemeral: boolean): { flags?: MessageFlags.Ephemeral } {
    return isEphemeral ? { flags: MessageFlags.Ephemeral } : {};
  }
}
