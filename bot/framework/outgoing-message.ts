import type {
  APIActionRowComponent,
  APIButtonComponent,
  APIEmbed,
  APIStringSelectComponent,
} from 'discord-api-types/v10';

/** What the bot says, in plain data: cogs need no builders. */
export interface OutgoingMessage {
  readonly content?: string;
  readonly embeds?: readonly APIEmbed[];
  /** Rows of up to five buttons, or of one menu; an empty list takes them away. */
  readonly components?: readonly APIActionRowComponent<APIButtonComponent | APIStringSelectComponent>[];
  /** The only users who are notified; nobody by default, whatever the content says. */
  readonly mentionUserIds?: readonly string[];
}

/** A reply may also be private, which works only as the answer to a slash command or button. */
export interface Reply extends OutgoingMessage {
  readonly ephemeral?: boolean;
}

/** Where a message of the bot ended up. */
export interface SentMessage {
  readonly id: string;
  readonly channelId: string;
}

const MAX_CONTENT_LENGTH = 2_000;

/** The options that discord.js takes for sending and editing. A longer content is cut, as Discord would refuse it. */
export function toMessageOptions(message: OutgoingMessage) {
  const { content, embeds, components, mentionUserIds } = message;
  return {
    ...(content !== undefined && { content: truncate(content, MAX_CONTENT_LENGTH) }),
    ...(embeds && { embeds: [...embeds] }),
    ...(components && { components: [...components] }),
    allowedMentions: { parse: [], users: [...(mentionUserIds ?? [])], repliedUser: false },
  };
}

/** Cuts `text` to `maxLength` characters, the last of them an ellipsis, never through a surrogate pair. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
