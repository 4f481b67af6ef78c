import type { Message } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { MessageResponder } from '../../../../bot/framework/message-responder.js';
import { snowflakeAt } from '../../../support/framework-fakes.js';

const NOW = Date.UTC(2026, 0, 1);

/** A message to which the bot may have answered already. */
function messageOf(ageMs: number, earlier: readonly { id: string; authorId: string; repliesTo: string }[] | Error) {
  const sent: string[] = [];
  const id = snowflakeAt(NOW - ageMs);
  const fetch = async () => {
    if (earlier instanceof Error) throw earlier;
    const entries = earlier.map((one) => [
      one.id,
      { id: one.id, author: { id: one.authorId }, reference: { messageId: one.repliesTo === 'it' ? id : '7' } },
    ]);
    return new Map(entries as [string, object][]);
  };
  const message = {
    id,
    channelId: 'c',
    client: { user: { id: 'bot' } },
    channel: { messages: { fetch } },
    async reply({ nonce }: { nonce: string }) {
      sent.push(nonce.split('-')[1] ?? '');
      return { id: `new ${nonce.split('-')[1]}`, channelId: 'c' };
    },
  };
  return { message: message as unknown as Message, sent };
}

async function replyTwice(message: Message, isReplayed: boolean): Promise<string[]> {
  const responder = new MessageResponder(message, { isReplayed, now: NOW });
  return [(await responder.reply({ content: 'a' })).id, (await responder.reply({ content: 'b' })).id];
}

describe('MessageResponder', () => {
  const first = { id: '20', authorId: 'bot', repliesTo: 'it' };

  it('gives the n-th answer the same nonce in every run', async () => {
    const { message, sent } = messageOf(0, new Error('nobody looks'));
    expect(await replyTwice(message, true)).toEqual(['new r0', 'new r1']);
    await replyTwice(message, true);
    expect(sent).toEqual(['r0', 'r1', 'r0', 'r1']);
  });

  it('says with the same nonce what it says instead of an answer that got lost: if that was posted, it stays alone', async () => {
    const { message, sent } = messageOf(0, []);
    const reply = message.reply.bind(message);
    let isLost = true;
    message.reply = async (options) => {
      const posted = await reply(options);
      if (isLost) throw new Error('other side closed');
      return posted;
    };
    const responder = new MessageResponder(message, { isReplayed: false, now: NOW });
    await expect(responder.reply({ content: 'done' })).rejects.toThrow('other side closed');
    isLost = false;
    await responder.reply({ content: 'something went wrong' });
    await responder.reply({ content: 'and more' });
    expect(sent).toEqual(['r0', 'r0', 'r1']);
  });

  it('looks for what was answered when Discord may have forgotten the nonce', async () => {
    const others = [
      { id: '30', authorId: 'alice', repliesTo: 'it' },
      { id: '10', authorId: 'bot', repliesTo: 'another' },
    ];
    const { message, sent } = messageOf(120_000, [...others, first]);
    expect(await replyTwice(message, true)).toEqual(['20', 'new r1']);
    expect(sent).toEqual(['r1']);
  });

  it('answers where it cannot look, and looks for nothing unless the event is repeated', async () => {
    expect(await replyTwice(messageOf(120_000, new Error('Missing Access')).message, true)).toEqual([
      'new r0',
      'new r1',
    ]);
    expect(await replyTwice(messageOf(120_000, [first]).message, false)).toEqual(['new r0', 'new r1']);
  });
});
