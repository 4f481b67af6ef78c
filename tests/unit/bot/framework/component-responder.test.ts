import type { MessageComponentInteraction } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { ComponentResponder } from '../../../../bot/framework/component-responder.js';

describe('ComponentResponder', () => {
  let calls: string[];
  let responder: ComponentResponder;

  beforeEach(() => {
    calls = [];
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
      message: { edit: record('message.edit', {}) },
    });
    responder = new ComponentResponder(interaction as unknown as MessageComponentInteraction);
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

  it('keeps answers that are sent at the same time in order', async () => {
    await Promise.all([responder.defer(), responder.update({ content: 'a' }), responder.reply({ content: 'b' })]);
    expect(calls).toEqual(['deferUpdate', 'editReply', 'followUp']);
  });
});
