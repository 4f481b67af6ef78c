import { randomBytes } from 'node:crypto';
import type { InteractionType } from 'discord-api-types/v10';
import { DiscordError, unknown } from '../discord-error.js';
import type { World } from '../world/world.js';

/** How long Discord waits for the first answer, and how long an answer can be followed up. */
const DEFAULT_ANSWER_WITHIN_MS = 3_000;
const TOKEN_LIFE_MS = 15 * 60_000;

/** Answered interactions beyond this many are forgotten, oldest first. */
const MAX_REMEMBERED = 5_000;

/** Something a person did that the bot should answer. */
export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: InteractionType;
  readonly userId: string;
  readonly channelId: string;
  /** Name of the command; empty for a component. */
  readonly commandName: string;
  /** The message whose component was used. */
  readonly sourceMessageId: string | null;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Type of the callback, once there was one. */
  answeredWith: number | null;
  /** The message that `@original` stands for. */
  originalMessageId: string | null;
}

/** What has to be known to make an interaction: who did what, and where. Id, token and time are given to it. */
export type NewInteraction = Pick<Interaction, 'type' | 'userId' | 'channelId' | 'commandName' | 'sourceMessageId'>;

/** The interactions that wait for an answer or can still be followed up. */
export class Interactions {
  /** How long the bot has for the first answer. */
  answerWithinMs: number;
  readonly #world: World;
  readonly #byToken = new Map<string, Interaction>();

  constructor(world: World, answerWithinMs = DEFAULT_ANSWER_WITHIN_MS) {
    this.#world = world;
    this.answerWithinMs = answerWithinMs;
  }

  start(details: NewInteraction): Interaction {
    const interaction: Interaction = {
      ...details,
      id: this.#world.snowflakes.next(),
      token: randomBytes(48).toString('base64url'),
      startedAt: this.#world.clock.monotonic(),
      answeredWith: null,
      originalMessageId: null,
    };
    this.#byToken.set(interaction.token, interaction);
    for (const token of this.#byToken.keys()) {
      if (this.#byToken.size <= MAX_REMEMBERED) break;
      this.#byToken.delete(token);
    }
    return interaction;
  }

  /**
   * Takes the one callback that an interaction may have.
   *
   * @throws DiscordError 10062 when it is unknown or too late, 40060 when there was one already.
   */
  acknowledge(id: string, token: string, callbackType: number): Interaction {
    const interaction = this.#byToken.get(token);
    if (interaction?.id !== id) throw unknown.interaction();
    if (interaction.answeredWith !== null) {
      throw new DiscordError(400, 40060, 'Interaction has already been acknowledged.');
    }
    if (this.#ageMs(interaction) > this.answerWithinMs) throw unknown.interaction();
    interaction.answeredWith = callbackType;
    return interaction;
  }

  /** @throws DiscordError 10015 for an unknown or unanswered interaction, 50027 when its token has expired. */
  byWebhookToken(token: string): Interaction {
    const interaction = this.#byToken.get(token);
    if (!interaction || interaction.answeredWith === null) throw unknown.webhook();
    if (this.#ageMs(interaction) > TOKEN_LIFE_MS) throw new DiscordError(401, 50027, 'Invalid Webhook Token');
    return interaction;
  }

  #ageMs(interaction: Interaction): number {
    return this.#world.clock.monotonic() - interaction.startedAt;
  }
}
