import type { ChatInputCommandInteraction, Message, MessageComponentInteraction } from 'discord.js';
import type { BotServices } from './bot-services.js';
import { describeDiscordFailure, isGone } from './discord-failure.js';
import { effectKeyOf } from './effect-key.js';

type Answerable = ChatInputCommandInteraction | MessageComponentInteraction;

const ALREADY_ACKNOWLEDGED = 40_060;

/**
 * Makes the one callback of an interaction, with which an earlier worker may have been faster: then its response is adopted.
 *
 * @param adopt is given the response that Discord has, which may be a deferral.
 * @returns null when it was adopted.
 * @throws what Discord answers otherwise.
 */
export async function makeCallback<T>(
  interaction: Answerable,
  adopt: (original: Message) => void,
  callback: () => Promise<T>,
): Promise<T | null> {
  try {
    return await callback();
  } catch (error) {
    const isAnswered = describeDiscordFailure(error).code === ALREADY_ACKNOWLEDGED;
    if (isAnswered && (await adoptOriginal(interaction, adopt))) return null;
    throw error;
  }
}

/** Adopts what an earlier worker has answered. @returns false when it has not. */
export async function adoptOriginal(interaction: Answerable, adopt: (original: Message) => void): Promise<boolean> {
  try {
    adopt(await interaction.fetchReply());
    return true;
  } catch (error) {
    if (isGone(error)) return false; // 10015: a token without a callback is no webhook yet
    throw error;
  }
}

/** Says whether the n-th message after the first response may be sent. */
export type FollowUpPermit = (index: number) => Promise<boolean>;

/**
 * A follow-up has no nonce, and a private one cannot be looked for. So it is noted that one is about to be sent, and what an
 * earlier worker may have sent is rather not sent again. While the database is away, that is every one of a replayed event.
 */
export function followUpPermit(
  { database, log }: Pick<BotServices, 'database' | 'log'>,
  eventId: string,
  isReplayed: boolean,
): FollowUpPermit {
  return async (index) => {
    try {
      return await database.effects.claim(effectKeyOf(eventId, index, 'f'));
    } catch (err) {
      log.debug({ event: 'follow-up:unnoted', err, eventId }, 'a follow-up could not be noted');
      return !isReplayed;
    }
  };
}
