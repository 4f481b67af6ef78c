import type { ChatEvent, ChatMessage } from '../../shared/control/page-api.js';

/** Where one reads and writes. */
export interface Place {
  readonly channel: string;
  /** As whom; it decides which direct conversation `dm` is. */
  readonly as: string;
}

/** More would make the page slow, and nobody scrolls that far. */
const MAX_MESSAGES = 200;

/** Whether a message is part of what one sees there. */
export function isIn({ channel, as }: Place, message: Pick<ChatMessage, 'channel' | 'directWith'>): boolean {
  return message.channel === channel && (channel !== 'dm' || message.directWith === as);
}

/** The thread after something happened in it. An edit of a message that is not there changes nothing. */
export function withChatEvent(thread: readonly ChatMessage[], { kind, message }: ChatEvent): readonly ChatMessage[] {
  const isKnown = thread.some(({ id }) => id === message.id);
  if (kind === 'deleted') return isKnown ? thread.filter(({ id }) => id !== message.id) : thread;
  if (isKnown) return thread.map((each) => (each.id === message.id ? message : each));
  return kind === 'sent' ? [...thread, message].slice(-MAX_MESSAGES) : thread;
}

/** What one sees there: the messages that were loaded, and what happened while they were on their way. */
export function threadOf(
  place: Place,
  loaded: readonly ChatMessage[],
  meanwhile: readonly ChatEvent[],
): readonly ChatMessage[] {
  const isHere = (message: ChatMessage) => isIn(place, message);
  return meanwhile.filter(({ message }) => isHere(message)).reduce(withChatEvent, loaded.filter(isHere));
}

/** Messages of one author within this time stand below one name. */
const TOGETHER_MS = 5 * 60_000;

/** Whether a message goes on below the one before it, without a name of its own. */
export function continues(message: ChatMessage, before: ChatMessage | undefined): boolean {
  if (before === undefined || message.command !== null || message.replyTo !== null) return false;
  if (message.author.name !== before.author.name || message.isPrivate !== before.isPrivate) return false;
  return Date.parse(message.at) - Date.parse(before.at) < TOGETHER_MS;
}

/** One line of a message, to be quoted above an answer to it. */
export function excerptOf(message: ChatMessage): string {
  const [embed] = message.embeds;
  const text = message.text || embed?.title || embed?.description || message.files[0] || '';
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
