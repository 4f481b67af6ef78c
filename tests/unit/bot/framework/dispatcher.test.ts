import type { ChatInputCommandInteraction } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineCommand, defineCommandGroup } from '../../../../bot/framework/command.js';
import type { CommandContext } from '../../../../bot/framework/command-context.js';
import type { CommandOutcome } from '../../../../bot/framework/command-invoker.js';
import { ComponentRegistry } from '../../../../bot/framework/components.js';
import { Dispatcher } from '../../../../bot/framework/dispatcher.js';
import { integerOption } from '../../../../bot/framework/options.js';
import { guildOnly, requireGuildManager } from '../../../../bot/framework/precondition.js';
import { UserError } from '../../../../bot/framework/user-error.js';
import { TuxError } from '../../../../shared/errors.js';
import {
  type FakeMessageOptions,
  fakeMessage,
  fakeServices,
  OWNER_ID,
  snowflakeAt,
} from '../../../support/framework-fakes.js';

const never = new AbortController().signal;

describe('Dispatcher', () => {
  let world: ReturnType<typeof fakeServices>;
  let dispatcher: Dispatcher;
  let handled: string[];
  let outcomes: CommandOutcome[];
  let behaviour: (ctx: CommandContext, seconds: number | undefined) => Promise<unknown>;

  beforeEach(() => {
    world = fakeServices();
    handled = [];
    outcomes = [];
    behaviour = (ctx, seconds) => ctx.reply(`waited ${seconds}`);
    const options = { seconds: integerOption({ description: 'Seconds', min: 1, max: 9 }) };
    const base = { description: 'Test.', run: (ctx: CommandContext) => behaviour(ctx, undefined).then(() => {}) };
    const { commands } = world.services;
    commands.add(
      'test',
      defineCommand({
        ...base,
        name: 'wait',
        options,
        run: async (ctx, { seconds }) => void (await behaviour(ctx, seconds)),
      }),
    );
    commands.add('test', defineCommand({ ...base, name: 'help' }));
    commands.add('test', defineCommand({ ...base, name: 'own', ownerOnly: true }));
    commands.add('test', defineCommand({ ...base, name: 'manage', preconditions: [requireGuildManager()] }));
    commands.add('test', defineCommand({ ...base, name: 'here', preconditions: [guildOnly()] }));
    const sub = defineCommand({ ...base, name: 'sub' });
    commands.add('test', defineCommandGroup({ name: 'group', description: 'Group.', commands: [sub] }));
    dispatcher = new Dispatcher({
      services: world.services,
      components: new ComponentRegistry(),
      hooks: { onHandled: (id) => handled.push(id), onCommandFinished: (outcome) => outcomes.push(outcome) },
    });
  });

  async function say(content: string, options: Partial<FakeMessageOptions> = {}) {
    const fake = fakeMessage({ content, clock: world.clock, ...options });
    await dispatcher.handleMessage(fake.message);
    return { ...fake, texts: fake.replies.map((reply) => reply.content) };
  }

  describe('finding the command', () => {
    it.each([
      ['$wait 3', ['waited 3']],
      ['$WAIT seconds=4', ['waited 4']],
      ['<@100000000000000001> wait 3', ['waited 3']],
      ['<@!100000000000000001>wait 3', ['waited 3']],
      ['<@100000000000000001>', ['waited undefined']],
      ['$group', ['`$group` needs a sub-command:\n`$group sub` – Test.']],
      ['$group frobnicate now', ['`$group` has no `frobnicate`. It has:\n`$group sub` – Test.']],
      ['$group `x`', ["`$group` has no `'x'`. It has:\n`$group sub` – Test."]],
      ['$5', []],
      ['$nothing', []],
      ['hello $wait', []],
      ['<@999999999999999999> wait', []],
      ['', []],
    ])('answers %j with %j', async (content, texts) => {
      expect((await say(content)).texts).toEqual(texts);
    });

    it('ignores bots and webhooks, so that two bots cannot talk to each other for ever', async () => {
      expect((await say('$wait', { isBot: true })).texts).toEqual([]);
      expect((await say('$wait', { webhookId: '1' })).texts).toEqual([]);
    });

    it('uses the prefix of the guild', async () => {
      await world.services.prefixes.set('200000000000000001', '!', snowflakeAt(world.clock.now()));
      expect((await say('!wait 1')).texts).toEqual(['waited 1']);
      expect((await say('$wait 1')).texts).toEqual([]);
      expect((await say('$wait 1', { isDirect: true })).texts).toEqual(['waited 1']);
    });

    it('answers bad arguments with what was expected and the usage', async () => {
      const { texts } = await say('$wait 10');
      expect(texts).toEqual([
        '`10` does not work for `seconds`: I expected a whole number from 1 to 9.\nUsage: `$wait [seconds]`',
      ]);
      expect(outcomes).toMatchObject([{ path: 'wait', result: 'usage' }]);
    });
  });

  describe('answers', () => {
    it('refer to the message, notify nobody, and carry a nonce that is the same in every run', async () => {
      behaviour = async (ctx) => {
        await ctx.reply('one @everyone');
        await ctx.reply('two');
      };
      const { replies, message } = await say('$wait');
      const { message: sameMessage, replies: again } = fakeMessage({ content: '$wait', clock: world.clock });
      Object.assign(sameMessage, { id: message.id });
      await dispatcher.handleMessage(sameMessage);
      expect(replies[0]).toMatchObject({
        enforceNonce: true,
        failIfNotExists: false,
        allowedMentions: { parse: [], users: [], repliedUser: false },
      });
      expect(replies[0]?.nonce).not.toBe(replies[1]?.nonce);
      expect(again.map(({ nonce }) => nonce)).toEqual(replies.map(({ nonce }) => nonce));
    });

    it('do not share their nonces with the effects of the command', async () => {
      let key = '';
      behaviour = async (ctx) => {
        key = ctx.effectKey(0);
        await ctx.reply('x');
      };
      const { replies } = await say('$wait');
      expect(replies[0]?.nonce).not.toBe(key);
    });
  });

  describe('preconditions', () => {
    it.each<[string, Partial<FakeMessageOptions>, string]>([
      ['$own', {}, 'Sorry, only the owners of this bot can do that.'],
      ['$own', { userId: OWNER_ID }, 'waited undefined'],
      ['$manage', {}, 'Sorry, you need the permission **Manage Server** for that.'],
      ['$manage', { canManageGuild: true }, 'waited undefined'],
      ['$manage', { isDirect: true, userId: OWNER_ID }, 'That works only in a server, not in direct messages.'],
      ['$here', { isDirect: true }, 'That works only in a server, not in direct messages.'],
      ['$here', {}, 'waited undefined'],
    ])('%s with %j is answered %j', async (content, options, text) => {
      expect((await say(content, options)).texts).toEqual([text]);
    });

    it('are logged when they refuse', async () => {
      await say('$own');
      expect(world.logger.records.find(({ event }) => event === 'command:refused')).toMatchObject({
        command: 'own',
        refusal: 'permissions.owner',
        userId: '500000000000000003',
      });
      expect(outcomes).toMatchObject([{ path: 'own', result: 'refused' }]);
    });

    it('ask what the guild has configured', async () => {
      world = fakeServices();
      const permissions = {
        listRanks: async () => [{ roleId: 'r', rank: 2 }],
        listRequirements: async () => [{ command: 'wait', rank: 3 }],
        listRankNames: async () => [{ rank: 3, name: 'Moderator' }],
      };
      Object.assign(world.services.database, { permissions });
      const run = async (ctx: CommandContext) => void (await ctx.reply('ran'));
      world.services.commands.add('test', defineCommand({ name: 'wait', description: 'Wait.', run }));
      dispatcher = new Dispatcher({ services: world.services, components: new ComponentRegistry() });
      expect((await say('$wait', { roleIds: ['r'] })).texts).toEqual([
        'Sorry, that takes rank 3 (Moderator) here, and yours is 2.',
      ]);
    });
  });

  describe('the error boundary', () => {
    it('answers a bug with an id that is in the log, and nothing else of it', async () => {
      behaviour = async () => Promise.reject(new TuxError('TUX_X', 'secret detail', { hint: 'secret hint' }));
      const { texts } = await say('$wait');
      const record = world.logger.records.find(({ event }) => event === 'command:failed');
      expect(record).toMatchObject({ level: 50, command: 'wait', errorId: expect.stringMatching(/^[a-z2-9]{8}$/) });
      expect(texts).toEqual([expect.stringContaining(`\`${record?.errorId}\``)]);
      expect(texts[0]).not.toContain('secret');
      expect(outcomes).toMatchObject([{ result: 'failed', errorId: record?.errorId }]);
    });

    it('shows an error that was written for people', async () => {
      behaviour = async () => Promise.reject(new UserError('TUX_X', 'Too many.', { hint: 'Cancel one.' }));
      expect((await say('$wait')).texts).toEqual(['⚠️ Too many.\n💡 Cancel one.']);
      expect(outcomes[0]?.errorId).toBeUndefined();
    });

    it('explains a refusal of a part that is closing already', async () => {
      behaviour = async () => Promise.reject(new TuxError('TUX_CLOSING', 'internal'));
      expect((await say('$wait')).texts).toEqual(['🔄 Tux is restarting, try again in a few seconds.']);
    });

    it('survives that the answer cannot be sent either', async () => {
      behaviour = async () => Promise.reject(new Error('bug'));
      const { message } = fakeMessage({ content: '$wait', clock: world.clock });
      Object.assign(message, { reply: async () => Promise.reject(new Error('no network')) });
      await dispatcher.handleMessage(message);
      expect(world.logger.events()).toEqual(['command:failed', 'command:reply:failed']);
      expect(handled).toEqual([message.id]);
    });

    it('survives a hook that throws', async () => {
      const hooks = {
        onHandled: () => {
          throw new Error('bad hook');
        },
      };
      dispatcher = new Dispatcher({ services: world.services, components: new ComponentRegistry(), hooks });
      expect((await say('$wait 1')).texts).toEqual(['waited 1']);
      expect(world.logger.events()).toContain('hook:failed');
    });
  });

  describe('handled events', () => {
    it('include those that were not for us', async () => {
      const ids = [(await say('hi')).message.id, (await say('$wait', { isBot: true })).message.id];
      expect(handled).toEqual(ids);
    });

    it('are reported only when everything is done', async () => {
      let finish: () => void = () => {};
      behaviour = () => new Promise<void>((resolve) => (finish = resolve));
      const saying = say('$wait');
      await world.clock.settle();
      expect(handled).toEqual([]);
      finish();
      const { message } = await saying;
      expect(handled).toEqual([message.id]);
    });
  });

  describe('shutting down', () => {
    it('refuses new commands with a clear answer and stays silent otherwise', async () => {
      dispatcher.close();
      expect((await say('$wait')).texts).toEqual(['🔄 Tux is restarting, try again in a few seconds.']);
      expect((await say('hello')).texts).toEqual([]);
    });

    it('lets a running command finish', async () => {
      let finish: () => void = () => {};
      behaviour = async (ctx) => {
        await new Promise<void>((resolve) => (finish = resolve));
        await ctx.reply('finished');
      };
      const saying = say('$wait');
      await world.clock.settle();
      dispatcher.close();
      const draining = dispatcher.drain(never);
      finish();
      expect(await draining).toEqual({ finished: 1, abandoned: [] });
      expect((await saying).texts).toEqual(['finished']);
    });

    it('says nothing of a command that fails after the next worker has been left to do it', async () => {
      let fail: () => void = () => {};
      behaviour = () => new Promise<void>((_, reject) => (fail = () => reject(new Error('the database is closed'))));
      const saying = say('$wait');
      await world.clock.settle();
      Object.assign(world.services.gateway, { isLeftToNext: true });
      fail();
      expect((await saying).texts).toEqual([]);
      expect(world.logger.events()).toContain('command:left');
      expect(world.logger.events()).not.toContain('command:failed');
    });

    it('leaves the answer to the next worker, too, where what it would say is not the whole of it', async () => {
      let finish: () => void = () => {};
      behaviour = async (ctx) => {
        await new Promise<void>((resolve) => (finish = resolve));
        await ctx.reply('done, but it is not in the log: I could not write there');
      };
      const saying = say('$wait');
      await world.clock.settle();
      Object.assign(world.services.gateway, { isLeftToNext: true });
      finish();
      expect((await saying).texts).toEqual([]);
      expect(world.logger.events()).toContain('command:left');
    });

    it('aborts the signal of commands at the deadline and names those that ignore it', async () => {
      let wasAborted = false;
      behaviour = (ctx) => new Promise<void>(() => ctx.signal.addEventListener('abort', () => (wasAborted = true)));
      void say('$wait');
      await world.clock.settle();
      const draining = dispatcher.drain(AbortSignal.abort(new Error('deadline')));
      await world.clock.whenSleeping(1);
      await world.clock.advance(250);
      expect(await draining).toEqual({ finished: 0, abandoned: ['wait'] });
      expect(wasAborted).toBe(true);
    });
  });

  describe('slash commands', () => {
    function slash(ageMs = 0) {
      const calls: { method: string; options: { content?: string } }[] = [];
      const id = snowflakeAt(world.clock.now() - ageMs, calls.length);
      const record = (method: string, patch: object) => async (options: { content?: string }) => {
        calls.push({ method, options });
        Object.assign(interaction, patch);
        return { id: '1', channelId: '2', resource: { message: { id: '1', channelId: '2' } } };
      };
      const interaction = {
        id,
        commandName: 'wait',
        user: { id: OWNER_ID },
        channelId: '2',
        channel: null,
        deferred: false,
        replied: false,
        options: { data: [{ name: 'seconds', type: 4, value: 5 }], getSubcommand: () => null },
        isChatInputCommand: () => true,
        isMessageComponent: () => false,
        inCachedGuild: () => false,
        reply: record('reply', { replied: true }),
        deferReply: record('deferReply', { deferred: true }),
        editReply: record('editReply', { replied: true }),
        followUp: record('followUp', {}),
      };
      return { interaction: interaction as unknown as ChatInputCommandInteraction, calls };
    }

    it('run with their options', async () => {
      const { interaction, calls } = slash();
      await dispatcher.handleInteraction(interaction);
      expect(calls).toMatchObject([{ method: 'reply', options: { content: 'waited 5' } }]);
    });

    it('are deferred after two seconds and then filled in', async () => {
      behaviour = async (ctx) => {
        await world.clock.sleep(10_000);
        await ctx.reply('late');
        await ctx.reply('later');
      };
      const { interaction, calls } = slash();
      const handling = dispatcher.handleInteraction(interaction);
      await world.clock.advance(1_999);
      expect(calls).toEqual([]);
      await world.clock.advance(1);
      expect(calls).toMatchObject([{ method: 'deferReply' }]);
      await world.clock.advance(8_000);
      await handling;
      expect(calls.map(({ method }) => method)).toEqual(['deferReply', 'editReply', 'followUp']);
    });

    it('are deferred the sooner the longer they were on their way', async () => {
      behaviour = () => world.clock.sleep(10_000);
      const { interaction, calls } = slash(1_500);
      const handling = dispatcher.handleInteraction(interaction);
      await world.clock.advance(500);
      expect(calls).toMatchObject([{ method: 'deferReply' }]);
      await world.clock.advance(9_500);
      await handling;
    });

    it.each([
      [2_100, 250],
      [2_600, 150],
      [2_900, 0],
    ])('of %i ms have %i ms to be answered without a deferral, which would be one request more', async (ageMs, ms) => {
      behaviour = async (ctx) => {
        await world.clock.sleep(10_000);
        await ctx.reply('late');
      };
      const { interaction, calls } = slash(ageMs);
      const handling = dispatcher.handleInteraction(interaction);
      await world.clock.advance(Math.max(0, ms - 1));
      expect(calls.length).toBe(ms === 0 ? 1 : 0);
      await world.clock.advance(1);
      expect(calls).toMatchObject([{ method: 'deferReply' }]);
      await world.clock.advance(10_000);
      await handling;
    });

    it('are noted as answered before anything is sent, for the worker that may have to go on', async () => {
      const { interaction, calls } = slash();
      const noted: number[] = [];
      Object.assign(world.services.gateway, { answerNote: { isBegun: false, begin: () => noted.push(calls.length) } });
      await dispatcher.handleInteraction(interaction);
      expect([noted, calls.map(({ method }) => method)]).toEqual([[0], ['reply']]);
    });

    it('leave no timer behind when they answered', async () => {
      await dispatcher.handleInteraction(slash().interaction);
      expect(world.clock.pending).toBe(0);
    });

    it('are dropped and counted when they are older than three seconds', async () => {
      const { interaction, calls } = slash(3_001);
      await dispatcher.handleInteraction(interaction);
      expect(calls).toEqual([]);
      expect(dispatcher.statistics()).toEqual({ inFlight: 0, droppedStale: 1 });
      expect(handled).toEqual([interaction.id]);
    });

    describe('that are repeated after a restart', () => {
      /** How often Discord was asked what had been answered. */
      let lookups = 0;
      beforeEach(() => {
        lookups = 0;
      });

      /** What Discord says: whether there is a response, and whether the three seconds are over. */
      function repeated(ageMs: number, isAnswered: boolean, isExpired: boolean, isAnswerBegun = true) {
        const answerNote = { isBegun: isAnswerBegun, begin: () => {} };
        Object.assign(world.services.gateway, { isReplaying: true, isBegun: true, answerNote });
        const { interaction, calls } = slash(ageMs);
        const fail = (code: number, status: number) => Promise.reject(Object.assign(new Error('no'), { code, status }));
        const { deferReply } = interaction;
        Object.assign(interaction, {
          fetchReply: async () => {
            lookups += 1;
            return isAnswered ? { id: '1', channelId: '2', flags: { has: () => true } } : fail(10_015, 404);
          },
          deferReply: isExpired ? () => fail(10_062, 404) : deferReply,
        });
        return { interaction, calls: () => calls.map(({ method }) => method) };
      }

      it('are dropped and counted when nobody can answer them any more, and nothing is done', async () => {
        const runs: string[] = [];
        behaviour = async (ctx) => void runs.push(ctx.path);
        const { interaction, calls } = repeated(3_001, false, true);
        await dispatcher.handleInteraction(interaction);
        expect([runs, calls(), dispatcher.statistics().droppedStale]).toEqual([[], [], 1]);
        expect([lookups, handled]).toEqual([1, [interaction.id]]);
      });

      it('are dropped without a question to Discord when nobody had begun to answer', async () => {
        const { interaction, calls } = repeated(3_001, true, true, false);
        await dispatcher.handleInteraction(interaction);
        expect([calls(), lookups, dispatcher.statistics().droppedStale]).toEqual([[], 0, 1]);
      });

      it('are gone on with when an earlier worker had deferred them, however old they are', async () => {
        const { interaction, calls } = repeated(60_000, true, true);
        await dispatcher.handleInteraction(interaction);
        expect([calls(), dispatcher.statistics().droppedStale]).toEqual([['editReply'], 0]);
      });

      it('are answered without a deferral when there is time: those count in what Discord allows in a second', async () => {
        Object.assign(world.services.gateway, { isReplaying: true, isBegun: false });
        const { interaction, calls } = slash(100);
        await dispatcher.handleInteraction(interaction);
        expect(calls.map(({ method }) => method)).toEqual(['reply']);
      });

      it('say nothing about the clocks', async () => {
        for (let n = 0; n < 5; n += 1) await dispatcher.handleInteraction(repeated(60_000, true, true).interaction);
        Object.assign(world.services.gateway, { isReplaying: false, isBegun: false });
        await dispatcher.handleInteraction(slash(3_001).interaction);
        expect(dispatcher.statistics().droppedStale).toBe(1);
      });

      it('suggest nothing', async () => {
        const answers: unknown[] = [];
        const interaction = {
          id: snowflakeAt(world.clock.now()),
          isChatInputCommand: () => false,
          isMessageComponent: () => false,
          isAutocomplete: () => true,
          respond: async (choices: unknown) => void answers.push(choices),
        };
        Object.assign(world.services.gateway, { isReplaying: true, isBegun: true });
        await dispatcher.handleInteraction(interaction as unknown as ChatInputCommandInteraction);
        expect(answers).toEqual([]);
      });
    });

    it('do not reply to an interaction that Discord has forgotten', async () => {
      behaviour = async () =>
        Promise.reject(Object.assign(new Error('Unknown interaction'), { code: 10_062, status: 404 }));
      const { interaction, calls } = slash();
      await dispatcher.handleInteraction(interaction);
      expect(calls).toEqual([]);
      expect(outcomes).toMatchObject([{ result: 'failed' }]);
      expect(outcomes[0]?.errorId).toBeUndefined();
    });
  });
});
