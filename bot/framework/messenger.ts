import type { Client } from 'discord.js';
import { TuxError } from '../../shared/errors.js';
import { type OutgoingMessage, type SentMessage, toMessageOptions } from './outgoing-message.js';

/** Sends what is not the answer to a command: the results of jobs, reminders, live views. */
export interface Messenger {
  /** Posts to a channel. @param effectKey makes Discord post it once, however often it is sent within a few minutes. */
  send(channelId: string, message: OutgoingMessage, effectKey: string): Promise<SentMessage>;
  /** Writes to a user directly. */
  sendToUser(userId: string, message: OutgoingMessage, effectKey: string): Promise<SentMessage>;
  edit(channelId: string, messageId: string, message: OutgoingMessage): Promise<void>;
}

/** @param client read at each use: there is none before login. It may throw. */
export function createMessenger(client: () => Client): Messenger {
  const sendableChannel = async (channelId: string) => {
    const channel = await client().channels.fetch(channelId);
    if (channel?.isSendable()) return channel;
    throw new TuxError('TUX_CHANNEL_NOT_SENDABLE', `Channel ${channelId} takes no messages`);
  };
  return {
    async send(channelId, message, effectKey) {
      const channel = await sendableChannel(channelId);
      const sent = await channel.send({ ...toMessageOptions(message), nonce: effectKey, enforceNonce: true });
      return { id: sent.id, channelId };
    },
    async sendToUser(userId, message, effectKey) {
      const options = { ...toMessageOptions(message), nonce: effectKey, enforceNonce: true };
      const sent = await client().users.send(userId, options);
      return { id: sent.id, channelId: sent.channelId };
    },
    async edit(channelId, messageId, message) {
      const channel = await sendableChannel(channelId);
      await channel.messages.edit(messageId, toMessageOptions(message));
    },
  };
}
