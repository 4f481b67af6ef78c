import type { APIMessage } from 'discord-api-types/v10';

/** Something that Discord tells a bot about over the gateway. */
export interface GatewayNews {
  /** Name of the dispatch, e.g. `MESSAGE_CREATE`. */
  readonly t: string;
  readonly d: object;
  /** True for what happens in a direct conversation, where other intents apply. */
  readonly isDirect: boolean;
}

/** Something that a person at the screen would see: what `tux sandbox tail` prints and tests wait for. */
export interface Sighting {
  /** `deferred`: "Tux is thinking…"; `reaction`: somebody reacted to `message`. */
  readonly kind: 'message' | 'edit' | 'delete' | 'reaction' | 'deferred' | 'modal' | 'autocomplete';
  readonly channelId: string;
  /** In a direct conversation: the person the bot talks to. */
  readonly directWith?: string;
  /** Absent where there is no message: a modal, choices of an autocompletion, the update of a button that was put off. */
  readonly message?: APIMessage;
  /** The interaction that this answers. */
  readonly interactionId?: string;
  /** For a reaction. */
  readonly emoji?: string;
  readonly userId?: string;
  /** For a modal or an autocompletion: what the bot sent. */
  readonly data?: unknown;
}

/** Who hears what happens in the world: the gateway, which tells the bot, and the recorder. */
export interface WorldListeners {
  onNews(news: GatewayNews): void;
  onSighting(sighting: Sighting): void;
}
