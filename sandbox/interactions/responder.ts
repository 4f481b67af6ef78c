import {
  type APIInteractionResponseCallbackData,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
} from 'discord-api-types/v10';
import { z } from 'zod';
import { invalidField, unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { changeOf, draftOf, type MessageBody, messageBodySchema } from '../rest/message-body.js';
import { checkForm } from '../rest/rest-context.js';
import { isLoading } from '../world/messages.js';
import type { MessageRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import type { Interaction } from './interactions.js';

/** Message type of an answer to a slash command. */
const CHAT_INPUT_ANSWER = 20;

/** The suggestions for an option. */
const choicesSchema = z.object({
  choices: z
    .array(z.looseObject({ name: z.string().min(1).max(100), value: z.union([z.string().max(100), z.number()]) }))
    .max(25, 'Must be 25 or fewer in length.'),
});

/** What the bot's answers to an interaction do to the world. */
export class Responder {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Carries out a callback.
   *
   * @returns the message that it made or changed, if any.
   * @throws DiscordError 50035 also for suggestions that nobody asked for, or another answer where they were asked for.
   */
  respond(interaction: Interaction, type: number, data: unknown): MessageRecord | null {
    const isSuggesting = type === InteractionResponseType.ApplicationCommandAutocompleteResult;
    if (isSuggesting !== (interaction.type === InteractionType.ApplicationCommandAutocomplete)) {
      throw invalidField(['type'], 'INTERACTION_RESPONSE_TYPE_INVALID', 'Invalid response type for this interaction.');
    }
    switch (type) {
      case InteractionResponseType.ChannelMessageWithSource:
        return this.#makeOriginal(interaction, checkForm(messageBodySchema, data ?? {}));
      case InteractionResponseType.DeferredChannelMessageWithSource:
        return this.#think(interaction, data as APIInteractionResponseCallbackData | undefined);
      case InteractionResponseType.UpdateMessage:
        return this.#edit(interaction, this.#source(interaction), checkForm(messageBodySchema, data ?? {}));
      case InteractionResponseType.DeferredMessageUpdate:
        return this.#source(interaction);
      case InteractionResponseType.ApplicationCommandAutocompleteResult:
        this.#show(interaction, 'autocomplete', checkForm(choicesSchema, data ?? {}));
        return null;
      default:
        this.#show(interaction, 'modal', data);
        return null;
    }
  }

  /** A message after the first answer. After a deferral the first of them is the answer itself. */
  followUp(interaction: Interaction, body: MessageBody): MessageRecord {
    const original = this.#findOriginal(interaction);
    if (original && isLoading(original)) return this.#edit(interaction, original, body);
    return this.#world.messages.create(this.#answer(interaction, body));
  }

  /** `@original` or an id. @throws DiscordError 10008 */
  message(interaction: Interaction, idOrOriginal: string): MessageRecord {
    const isOriginal = decodeURIComponent(idOrOriginal) === '@original';
    if (!isOriginal) return this.#world.messages.get(interaction.channelId, idOrOriginal);
    const original = this.#findOriginal(interaction);
    if (!original) throw unknown.message();
    return original;
  }

  edit(interaction: Interaction, idOrOriginal: string, body: MessageBody): MessageRecord {
    return this.#edit(interaction, this.message(interaction, idOrOriginal), body);
  }

  #makeOriginal(interaction: Interaction, body: MessageBody): MessageRecord {
    const message = this.#world.messages.create(this.#answer(interaction, body));
    interaction.originalMessageId = message.id;
    return message;
  }

  #think(interaction: Interaction, data: { flags?: number } | undefined): MessageRecord {
    const ephemeral = (data?.flags ?? 0) & MessageFlags.Ephemeral;
    const message = this.#world.messages.create({
      ...this.#origin(interaction),
      content: '',
      flags: ephemeral | MessageFlags.Loading,
    });
    interaction.originalMessageId = message.id;
    return message;
  }

  #edit(interaction: Interaction, message: MessageRecord, body: MessageBody): MessageRecord {
    const flags = message.flags & ~MessageFlags.Loading;
    return this.#world.messages.edit(message, { ...changeOf(this.#world, body), flags }, interaction.id);
  }

  /** A modal or an autocompletion: nothing that stays, but something that a person sees. */
  #show(interaction: Interaction, kind: 'modal' | 'autocomplete', data: unknown): void {
    this.#world.changed(undefined, { kind, channelId: interaction.channelId, interactionId: interaction.id, data });
  }

  #answer(interaction: Interaction, body: MessageBody) {
    return { ...draftOf(this.#world, body, this.#origin(interaction)), ...this.#origin(interaction) };
  }

  #origin(interaction: Interaction) {
    const { id, type, userId, commandName, channelId } = interaction;
    return {
      channelId,
      authorId: SANDBOX_IDS.bot,
      type: commandName === '' ? 0 : CHAT_INPUT_ANSWER,
      interaction: { id, type, userId, commandName },
    };
  }

  #findOriginal({ channelId, originalMessageId, sourceMessageId }: Interaction): MessageRecord | undefined {
    const id = originalMessageId ?? sourceMessageId;
    return id === null ? undefined : this.#world.messages.find(channelId, id);
  }

  #source({ channelId, sourceMessageId }: Interaction): MessageRecord {
    if (sourceMessageId === null) throw unknown.message();
    return this.#world.messages.get(channelId, sourceMessageId);
  }
}
