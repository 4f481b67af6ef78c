import type { MessageComponentInteraction } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { ComponentResponder } from '../../../../bot/framework/component-responder.js';

describe('ComponentResponder', () => {
  let calls: string[];
  let responder: ComponentResponder;
  /** The original response that an earlier worker made; null: none. */
  let original: { id: string; channelId: string } | null;
  let noted: Set<number>;
  /** How many calls there had been each time that an answer was begun. */
  let answersBegun: number[];

  beforeEach(() => {
    calls = [];
    original = null;
    noted = new Set();
    answersBegun = [];
    const maySend = async (index: number) => !noted.has(index) && Boolean(noted.add(index));
    const answer = { id: '1', channelId: '2', resource: { message: { id: '1', channelId: '2' } } };
    const interaction = { deferred: false, replied: false };
    const record = (name: string, patch: object) => async () => {
      calls.push(name);
      await Promise.resolve(); // Discord takes its time; the state changes only afterwards
      Object.assign(interaction, patch);
      return answer;
    };
    Object.assign(interaction, {
      reply: record('reply', { replied: true }),
      update: record('update', { replied: true }),
      deferUpdate: record('deferUpdate', { deferred: true }),
      editReply: record('editReply', { replied: true }),
      followUp: record('followUp', {}),
      async fetchReply() {
        if (!original) throw Object.assign(new Error('unknown webhook'), { status: 404, code: 10_015 });
        return original;
      },
      message: { id: '9', channelId: '2', edit: record('message.edit', {}) },
    });
    responder = new ComponentResponder(interaction as unknown as MessageComponentInteraction, {
      maySend,
      isReplayed: true,
      note: { begin: () => void answersBegun.push(calls.length) },
    });
  });

  it('changes the clicked message', async () => {
    await responder.update({ content: 'a' });
    await responder.update({ content: 'b' });
    expect(calls).toEqual(['update', 'editReply']);
  });

  it('changes the clicked message after a deferral, and answers beside it', async () => {
    await responder.defer();
    await responder.defer();
    await responder.update({ content: 'a' });
    await responder.reply({ content: 'b' });
    expect(calls).toEqual(['deferUpdate', 'editReply', 'followUp']);
  });

  it('does not mistake its own reply for the clicked message', async () => {
    expect(await responder.reply({ content: 'a' })).toEqual({ id: '1', channelId: '2' });
    await responder.update({ content: 'b' });
    await responder.defer();
    expect(calls).toEqual(['reply', 'message.edit']);
  });

  it('says that an answer is begun before it is sent', async () => {
    await responder.update({ content: 'a' });
    await responder.update({ content: 'b' });
    expect(answersBegun).toEqual([0]);
  });

  it('keeps answers that are sent at the same time in order', async () => {
    await Promise.all([responder.defer(), responder.update({ content: 'a' }), responder.reply({ content: 'b' })]);
    expect(calls).toEqual(['deferUpdate', 'editReply', 'followUp']);
  });

  it('makes the callback of a press that an earlier worker had not answered', async () => {
    expect(await responder.takeUp()).toBe(false);
    await responder.update({ content: 'a' });
    expect(calls).toEqual(['update']);
  });

  it('goes on with the message that an earlier worker had changed', async () => {
    original = { id: '9', channelId: '2' };
    expect(await responder.takeUp()).toBe(true);
    await responder.update({ content: 'a' });
    expect(calls).toEqual(['editReply']);
  });

  it('does not answer again what an earlier worker has answered, and still changes the clicked message', async () => {
    original = { id: 'theirs', channelId: '2' };
    expect(await responder.takeUp()).toBe(true);
    expect(await responder.reply({ content: 'a' })).toEqual({ id: 'theirs', channelId: '2' });
    await responder.update({ content: 'b' });
    expect(calls).toEqual(['message.edit']);
  });

  it('rather not sends a follow-up that an earlier worker had begun to send', async () => {
    original = { id: '9', channelId: '2' };
    noted.add(0);
    await responder.takeUp();
    expect(await responder.reply({ content: 'a' })).toEqual({ id: '9', channelId: '2' });
    await responder.reply({ content: 'b' });
    expect(calls).toEqual(['followUp']);
  });
});
