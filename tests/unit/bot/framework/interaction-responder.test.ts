import { type ChatInputCommandInteraction, MessageFlags, MessageFlagsBitField } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { nothingNoted } from '../../../../bot/framework/answer-note.js';
import { InteractionResponder } from '../../../../bot/framework/interaction-responder.js';

/** What Discord says of an interaction. */
interface World {
  /** Its original response; null: nobody has made the callback. */
  original: { id: string; flags: number } | null;
  isExpired: boolean;
  /** A callback that was on its way when we looked. */
  late: World['original'];
}

describe('InteractionResponder', () => {
  let calls: string[];
  let world: World;
  let noted: Set<number>;
  let responder: InteractionResponder;

  beforeEach(() => {
    calls = [];
    world = { original: null, isExpired: false, late: null };
    noted = new Set();
    const interaction = { deferred: false, replied: false };
    const message = (id: string, flags = 0) => ({ id, channelId: 'c', flags: new MessageFlagsBitField(flags) });
    const callBack = (name: string, done: object) => async () => {
      calls.push(name);
      if (world.late) world.original = world.late;
      if (world.original) throw Object.assign(new Error('acknowledged'), { status: 400, code: 40_060 });
      if (world.isExpired) throw Object.assign(new Error('unknown'), { status: 404, code: 10_062 });
      Object.assign(interaction, done);
      return { resource: { message: message('reply') } };
    };
    Object.assign(interaction, {
      reply: callBack('reply', { replied: true }),
      deferReply: callBack('deferReply', { deferred: true }),
      async editReply() {
        calls.push('editReply');
        Object.assign(interaction, { replied: true });
        return message('reply');
      },
      async followUp() {
        calls.push('followUp');
        return message('follow-up');
      },
      async fetchReply() {
        if (!world.original) throw Object.assign(new Error('unknown webhook'), { status: 404, code: 10_015 });
        return message(world.original.id, world.original.flags);
      },
    });
    const maySend = async (index: number) => !noted.has(index) && Boolean(noted.add(index));
    const options = { isEphemeral: false, maySend, isReplayed: true, note: nothingNoted };
    responder = new InteractionResponder(interaction as unknown as ChatInputCommandInteraction, options);
  });

  it('answers, then follows up', async () => {
    expect(await responder.reply({ content: 'a' })).toEqual({ id: 'reply', channelId: 'c' });
    expect(await responder.reply({ content: 'b' })).toEqual({ id: 'follow-up', channelId: 'c' });
    expect(calls).toEqual(['reply', 'followUp']);
  });

  it('finds out by its own callback what an earlier worker had answered or deferred', async () => {
    world.late = { id: 'reply', flags: MessageFlags.Loading };
    await responder.reply({ content: 'a' });
    expect(calls).toEqual(['reply', 'editReply']);
  });

  it('has nothing done for one that can be answered no more', async () => {
    world.isExpired = true;
    expect(await responder.takeUp()).toBe(false);
    expect(calls).toEqual([]);
  });

  it('fills in what an earlier worker had deferred, however old it is', async () => {
    world.original = { id: 'reply', flags: MessageFlags.Loading };
    world.isExpired = true;
    expect(await responder.takeUp()).toBe(true);
    await responder.defer();
    await responder.reply({ content: 'a' });
    expect(calls).toEqual(['editReply']);
  });

  it('leaves the answer of an earlier worker as it is, and sends only the follow-ups that it did not begin', async () => {
    world.original = { id: 'theirs', flags: 0 };
    noted.add(1);
    expect(await responder.takeUp()).toBe(true);
    await responder.defer();
    expect(await responder.reply({ content: 'a' })).toEqual({ id: 'theirs', channelId: 'c' });
    await responder.reply({ content: 'b' });
    await responder.reply({ content: 'c' });
    expect(calls).toEqual(['followUp']);
  });

  it('sees an answer that reached Discord only after it looked', async () => {
    world.late = { id: 'theirs', flags: 0 };
    expect(await responder.reply({ content: 'a' })).toEqual({ id: 'theirs', channelId: 'c' });
    expect(calls).toEqual(['reply']);
  });
});
