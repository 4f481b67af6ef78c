import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type APIButtonComponentWithCustomId,
  type APIMessage,
  ComponentType,
  MessageFlags,
} from 'discord-api-types/v10';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cogEntries } from '../../bot/cogs/index.js';
import { defineCog } from '../../bot/framework/cog.js';
import { defineCommand, defineCommandGroup } from '../../bot/framework/command.js';
import { componentId } from '../../bot/framework/components.js';
import { confirmation, confirmationMessage } from '../../bot/framework/confirmation.js';
import { type Suggest, textOption } from '../../bot/framework/options.js';
import { refuse, requireGuildManager } from '../../bot/framework/precondition.js';
import { UserError } from '../../bot/framework/user-error.js';
import { SANDBOX_IDS, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { BotRun } from '../support/bot-run.js';
import { Conversation } from '../support/conversation.js';
import { emptyPermissionStore, FakeGuildConfig } from '../support/framework-fakes.js';

const never = new AbortController().signal;

type Person = 'owner' | 'alice' | 'bob' | 'moderator';

let suggest: Suggest;
/** What the confirmed deletions were, with the keys of their effects. */
let deletions: string[][];

const fruit = textOption({ description: 'Fruit', suggest: (query) => suggest(query) });
const run = async () => {};
const testCog = defineCog({
  name: 'trial',
  commands: [
    defineCommandGroup({
      name: 'eat',
      description: 'Eats.',
      commands: [
        defineCommand({
          name: 'fruit',
          description: 'Eats a fruit.',
          options: { fruit, how: textOption({ description: 'How' }) },
          run,
        }),
        defineCommand({
          name: 'secret',
          description: 'Eats in secret.',
          preconditions: [requireGuildManager()],
          options: { fruit },
          run,
        }),
      ],
    }),
    defineCommand({
      name: 'wave',
      description: 'Waves, once a minute.',
      cooldown: { ms: 60_000, per: 'user' },
      options: { at: textOption({ description: 'At whom' }) },
      async run(ctx, { at }) {
        if (at === 'fail') throw new UserError('TUX_TRIAL', 'My arm hurts.');
        if (at === 'nobody') return ctx.refuse(refuse('context.guild'));
        await ctx.reply('👋');
      },
    }),
    defineCommand({
      name: 'delete',
      description: 'Deletes.',
      options: { what: textOption({ description: 'What', required: true }) },
      async run(ctx, { what }) {
        const question = { cog: 'trial', action: 'delete', args: [what], text: `Delete ${what}?`, confirmLabel: 'Yes' };
        await ctx.reply(confirmationMessage(ctx, { ...question, danger: true, expiresAfterMs: 1_000 }));
      },
    }),
    defineCommand({
      name: 'menu',
      description: 'Lets you pick.',
      async run(ctx) {
        const options = ['red', 'blue'].map((value) => ({ label: value, value }));
        const menu = { type: ComponentType.StringSelect, custom_id: componentId('trial', 'pick'), options } as const;
        await ctx.reply({ components: [{ type: ComponentType.ActionRow, components: [{ ...menu, max_values: 2 }] }] });
      },
    }),
  ],
  components: {
    ...confirmation('delete', {
      confirmed: '🗑️ Deleting…',
      async run(ctx, args, effectKey) {
        if (args[0] === 'stone') throw new UserError('TUX_TRIAL', 'It is too hard.');
        deletions.push([...args, effectKey(0)]);
        await ctx.update({ content: `Deleted ${args[0]}.` });
      },
    }),
    pick: {
      run: (ctx) => ctx.update({ content: `${ctx.values.join(' and ')} of ${ctx.message.id}`, components: [] }),
    },
  },
});

let sandbox: Sandbox;
let people: Conversation;
let folder: string;
let bot: BotRun;
beforeAll(async () => {
  sandbox = await startSandbox();
  people = new Conversation(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  suggest = () => [];
  deletions = [];
  folder = await mkdtemp(join(tmpdir(), 'tux-interactive-'));
  bot = newRun();
  await bot.start();
});
afterEach(async () => {
  await bot.stop();
  await rm(folder, { recursive: true });
});

function newRun(): BotRun {
  const database = { ping: async () => 3, guildConfig: new FakeGuildConfig(), permissions: emptyPermissionStore };
  const own = cogEntries.filter(({ name }) => name === 'admin' || name === 'info');
  return new BotRun({ sandbox, folder, database, cogs: [...own, { name: 'trial', load: async () => testCog }] });
}

async function restartBot(): Promise<void> {
  await bot.stop();
  bot = newRun();
  await bot.start();
}

const say = (text: string, as: Person = 'alice') => people.say(text, { as });
const slash = (path: string, options: Record<string, string> = {}, as: Person = 'alice') =>
  people.slash(path, options, { as });
const click = (button: string, messageId: string, as: Person = 'alice', values?: string[]) =>
  people.click(button, { messageId, as, ...(values && { values }) });
const suggested = (path: string, option: string, typed: string, as: Person = 'alice') =>
  people.suggest(path, option, typed, { as });

const isEphemeral = ({ flags }: APIMessage) => ((flags ?? 0) & MessageFlags.Ephemeral) !== 0;

describe('suggestions', () => {
  it('come from the option that is being typed in', async () => {
    suggest = ({ typed, userId, guildId }) => [`${typed}ple`, userId, guildId ?? 'nowhere'];
    const { alice } = SANDBOX_IDS.users;
    expect(await suggested('eat fruit', 'fruit', 'ap')).toEqual(['apple', alice, SANDBOX_IDS.guild]);
    expect(await suggested('eat fruit', 'fruit', '')).toEqual(['ple', alice, SANDBOX_IDS.guild]);
  });

  it('are at most 25, each once, and none that Discord would refuse', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `fruit ${n}`);
    suggest = () => ['', 'fruit 0', 'x'.repeat(101), 'y'.repeat(100), ...many];
    expect(await suggested('eat fruit', 'fruit', 'f')).toEqual(['fruit 0', 'y'.repeat(100), ...many.slice(1, 24)]);
  });

  it('are none, and the reason is in the log, when they fail or take too long', async () => {
    suggest = () => Promise.reject(new Error('no fruit'));
    expect(await suggested('eat fruit', 'fruit', 'a')).toEqual([]);
    suggest = () => new Promise(() => {});
    expect(await suggested('eat fruit', 'fruit', 'a')).toEqual([]);
    const reasons = bot.logger.records.filter(({ event }) => event === 'suggest:failed').map(({ err }) => err);
    expect(reasons).toMatchObject([{ message: 'no fruit' }, { code: 'TUX_DEADLINE' }]);
  });

  it('are none for who may not run the command, and while nobody can', async () => {
    suggest = () => ['apple'];
    expect(await suggested('eat secret', 'fruit', 'a')).toEqual([]);
    expect(await suggested('eat secret', 'fruit', 'a', 'owner')).toEqual(['apple']);
    await bot.services.maintenance.turnOn('1', null);
    expect(await suggested('eat fruit', 'fruit', 'a')).toEqual([]);
    expect(await suggested('eat fruit', 'fruit', 'a', 'owner')).toEqual(['apple']);
    bot.dispatcher.close();
    expect(await suggested('eat fruit', 'fruit', 'a', 'owner')).toEqual([]);
  });

  it('help somebody to find a command', async () => {
    expect(await suggested('help', 'command', '/adm')).toEqual(
      expect.arrayContaining(['admin', 'admin restart', 'admin maintenance']),
    );
    expect(await suggested('help', 'command', 'zzz')).toEqual([]);
  });
});

describe('a cooldown', () => {
  it('lets nobody around it, in the other form or after a restart', async () => {
    const pause = /^⏳ That needs a pause\. You can do it again <t:\d+:R>\.$/;
    expect((await say('$wave')).content).toBe('👋');
    const refusal = await slash('wave');
    expect([refusal.content, isEphemeral(refusal)]).toEqual([expect.stringMatching(pause), true]);
    expect((await say('$wave', 'bob')).content).toBe('👋');
    await restartBot();
    expect((await say('$wave')).content).toMatch(pause);
    expect([(await say('$wave', 'owner')).content, (await say('$wave', 'owner')).content]).toEqual(['👋', '👋']);
  });

  it('does not begin with a mistake, an error or a refusal', async () => {
    expect((await say('$wave all of you')).content).toContain('I did not expect');
    expect((await say('$wave fail')).content).toBe('⚠️ My arm hurts.');
    await bot.dispatcher.drain(never); // the answer is there before the command has ended
    expect((await say('$wave nobody')).content).toContain('only in a server');
    await bot.dispatcher.drain(never);
    expect((await say('$wave you')).content).toBe('👋');
  });
});

describe('a confirmation', () => {
  it('does it once, after a restart as well, with keys that follow from the question', async () => {
    const question = await say('$delete old,new');
    expect(question.content).toBe('Delete old,new?\n-# You have 1 second to answer.');
    await restartBot();
    const first = sandbox.actors.click({ button: 'Yes', messageId: question.id, as: 'alice' });
    const second = sandbox.actors.click({ button: 'Yes', messageId: question.id, as: 'alice' });
    expect(await people.answerTo(first.id)).toMatchObject({ content: '🗑️ Deleting…', components: [] });
    expect((await people.answerTo(second.id)).content).toBe('That has been answered already.');
    await sandbox.recorder.waitForMessage(({ content }) => content === 'Deleted old,new.');
    expect(deletions).toEqual([['old,new', `${BigInt(question.id).toString(36)}-0`]]);
  });

  it('is for the person who asked, and can be cancelled', async () => {
    const question = await slash('delete', { what: 'it' });
    const refusal = await click('Yes', question.id, 'bob');
    expect(refusal.content).toBe(`Only <@${SANDBOX_IDS.users.alice}>, who asked for it, can answer that.`);
    expect(isEphemeral(refusal)).toBe(true);
    expect(await click('Cancel', question.id)).toMatchObject({
      id: question.id,
      content: 'Delete it?\n✖️ Cancelled, nothing was done.',
      components: [],
    });
    expect(deletions).toEqual([]);
  });

  it('does not look like a success when it fails', async () => {
    const question = await say('$delete stone');
    sandbox.actors.click({ button: 'Yes', messageId: question.id, as: 'alice' });
    const { recorder } = sandbox;
    const isFailure = ({ id, content }: APIMessage) => id === question.id && content.endsWith('did not work out.');
    expect((await recorder.waitForMessage(isFailure)).content).toBe('🗑️ Deleting…\n❌ That did not work out.');
    const told = await recorder.waitForMessage(({ content }) => content === '⚠️ It is too hard.');
    expect(isEphemeral(told)).toBe(true);
  });

  it('does nothing when the time is over', async () => {
    const question = await say('$delete it');
    const { clock } = bot.services;
    Object.assign(bot.services, { clock: { ...clock, now: () => clock.now() + 2_000 } });
    expect(await click('Yes', question.id)).toMatchObject({
      content: 'Delete it?\n⌛ That took too long, so nothing was done.',
      components: [],
    });
    expect(deletions).toEqual([]);
  });

  it('is what stands between an owner and a shutdown, and keeps the reason', async () => {
    const question = await say('$admin shutdown too tired', 'owner');
    expect(question.content).toContain('Shut down for good?');
    expect(bot.requests).toEqual([]);
    expect((await click('Shut down', question.id, 'owner')).content).toBe('👋 Shutting down…');
    expect((await click('Shut down', (await say('$admin shutdown', 'owner')).id, 'owner')).components).toEqual([]);
    const { owner } = SANDBOX_IDS.users;
    // The message changes first, so that nothing is done twice.
    await expect
      .poll(() => bot.requests)
      .toEqual([
        ['shutdown', owner, 'too tired'],
        ['shutdown', owner, 'shutdown asked for in Discord by owner'],
      ]);
  });
});

describe('maintenance', () => {
  it('is for owners to turn on; then nobody else is served, in any form, also after a restart', async () => {
    const question = await say('$delete it');
    expect((await say('$admin maintenance on')).content).toContain('only the owners');
    expect((await say('$admin maintenance on moving house', 'owner')).content).toContain('Maintenance is on');
    await restartBot();
    const refusal =
      '🔧 I am being worked on and serve only my owners for now: moving house. ' +
      'Your reminders still come. Please try again later.';
    expect((await say('$wave')).content).toBe(refusal);
    expect((await slash('wave')).content).toBe(refusal);
    expect((await click('Cancel', question.id)).content).toBe(refusal);
    expect((await say('$wave', 'owner')).content).toBe('👋');
    expect(bot.requests).toContainEqual(['activity', '🔧 Maintenance: moving house', '']);
    expect((await slash('admin maintenance', { state: 'off' }, 'owner')).content).toContain('Maintenance is off');
    expect(bot.requests.at(-1)).toEqual(['activity', '', '']);
    expect((await say('$wave')).content).toBe('👋');
  });
});

describe('a menu', () => {
  it('tells its handler what was picked', async () => {
    const menu = await slash('menu');
    expect((await click('v1:trial.pick:', menu.id, 'alice', ['red', 'blue'])).content).toBe(
      `red and blue of ${menu.id}`,
    );
  });

  it('of help leads to the commands of a cog, privately, with a lock at what is not for everybody', async () => {
    const help = await slash('help');
    expect(isEphemeral(help)).toBe(true);
    expect(help.embeds[0]?.description).toContain('**Trial**\n`delete` `eat fruit` `eat secret`🔒 `menu` `wave`');
    const cog = await click('Show the commands of …', help.id, 'alice', ['trial']);
    expect(cog.id).toBe(help.id);
    expect(cog.embeds[0]).toMatchObject({ title: 'Trial' });
    expect(cog.embeds[0]?.description).toContain('`$eat secret [fruit]`🔒 – Eats in secret.');
    expect((await say('$help', 'owner')).embeds[0]?.description).not.toContain('🔒');
    expect((await say('$help eat fruit')).embeds[0]).toMatchObject({ title: 'eat fruit' });
  });
});

describe('help about very many commands', () => {
  it('has pages that Discord takes, and every command is on one of them', async () => {
    const { commands } = bot.services;
    const name = (n: number) => `n${n}-`.padEnd(32, 'x');
    for (let n = 0; n < 100; n += 1) {
      const options = { [name(0)]: textOption({ description: 'o'.repeat(100) }) };
      commands.add(`cog${n % 40}`, defineCommand({ name: name(n), description: 'd'.repeat(100), options, run }));
    }
    for (const topic of ['', ' cog1', ' trial']) {
      let message = await say(`$help${topic}`, 'owner');
      let text = message.embeds[0]?.description ?? '';
      for (let next = nextButton(message); next !== undefined; next = nextButton(message)) {
        message = await click(next, message.id, 'owner');
        text += message.embeds[0]?.description;
      }
      const wanted = topic === '' ? commands.list() : commands.list().filter(({ cog }) => cog === topic.trim());
      for (const { command } of wanted) expect(text).toContain(command.name);
    }
    expect(Object.keys((await say(`$help ${name(7)}`)).embeds[0] ?? {})).toContain('fields');
  });
});

/** The custom id of the button to the next page, if there is one. */
function nextButton({ components = [] }: APIMessage): string | undefined {
  const rows = components as readonly { components: readonly Partial<APIButtonComponentWithCustomId>[] }[];
  const next = rows.flatMap((row) => row.components).find(({ label }) => label === 'Next ▶');
  return next?.disabled ? undefined : next?.custom_id;
}

describe('answers', () => {
  it('notify nobody, whatever they mention and in whatever way they are sent', async () => {
    const mark = sandbox.recorder.mark();
    await slash('delete', { what: '@everyone' });
    await say(`$delete <@&${SANDBOX_IDS.roles.Moderator}>`);
    const bodies = sandbox.recorder.requests.since(mark).map(({ body }) => body as { data?: object } | null);
    const messages = bodies.map((body) => body?.data ?? body).filter((body) => body !== null && 'content' in body);
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toMatchObject({ allowed_mentions: { parse: [], users: [] } });
  });
});
