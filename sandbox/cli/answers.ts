import type { APIMessage } from 'discord-api-types/v10';
import { compareSnowflakes } from '../snowflake.js';
import type { Sighting } from '../world/world-events.js';
import type { ControlClient } from './control-client.js';

/** After an answer, another one may follow within this time. */
const QUIET_MS = 400;

/** Recognises the answers to one thing that a person did. */
export type IsAnswer = (sighting: Sighting) => boolean;

/**
 * A message is answered by what the bot then says in the same channel, unless it replies to another message or to an
 * interaction; by what it says to the author directly; and by a reaction.
 */
export function answersMessage(said: APIMessage): IsAnswer {
  return ({ kind, channelId, message, interactionId, directWith }) => {
    if (!message || interactionId !== undefined) return false;
    if (kind === 'reaction') return message.id === said.id;
    if (kind !== 'message' && kind !== 'edit') return false;
    const isLater = compareSnowflakes(message.id, said.id) > 0;
    const isHere = channelId === said.channel_id || directWith === said.author.id;
    const reference = message.message_reference?.message_id ?? said.id;
    return message.author.bot === true && isLater && isHere && reference === said.id;
  };
}

/** An interaction is answered by its responses, follow-ups and edits. "Tux is thinking…" is not an answer yet. */
export function answersInteraction(interactionId: string): IsAnswer {
  return (sighting) =>
    sighting.interactionId === interactionId && sighting.kind !== 'deferred' && sighting.kind !== 'delete';
}

/**
 * Yields answers: waits up to `timeoutMs` for the first, then until {@link QUIET_MS} pass without another. A reaction is
 * yielded but does not end the wait, as bots often react before they answer.
 */
export async function* collectAnswers(
  client: ControlClient,
  { after, isAnswer, timeoutMs }: { after: number; isAnswer: IsAnswer; timeoutMs: number },
): AsyncGenerator<Sighting> {
  const enough = new AbortController();
  let timer = setTimeout(() => enough.abort(), timeoutMs);
  try {
    for await (const sighting of client.watch(after, enough.signal)) {
      if (!isAnswer(sighting)) continue;
      yield sighting;
      if (sighting.kind === 'reaction') continue;
      clearTimeout(timer);
      timer = setTimeout(() => enough.abort(), QUIET_MS);
    }
  } finally {
    clearTimeout(timer);
    enough.abort();
  }
}
