import { once } from 'node:events';
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Client,
  Events,
  type Interaction,
  MessageFlags,
  RESTJSONErrorCodes,
  Routes,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS, type Sandbox } from '../../../sandbox/index.js';
import { withBot } from './bot.js';

/** Has a command typed and gives what the client makes of it. */
async function typedCommand(sandbox: Sandbox, client: Client<true>): Promise<ChatInputCommandInteraction<'cached'>> {
  await client.application.commands.set([{ name: 'test', description: 'For tests' }]);
  const arrived = once(client, Events.InteractionCreate);
  sandbox.actors.slash({ as: 'alice', command: ['test'] });
  const [interaction] = (await arrived) as [Interaction];
  if (!interaction.isChatInputCommand() || !interaction.inCachedGuild()) throw new Error('not a slash command');
  return interaction;
}

describe('answering an interaction', () => {
  it('tells the bot who did it, where, and what they may do', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      expect(interaction.user.username).toBe('alice');
      expect(interaction.channel?.name).toBe('general');
      expect(interaction.memberPermissions.has('SendMessages')).toBe(true);
      expect(interaction.memberPermissions.has('BanMembers')).toBe(false);
      expect(interaction.appPermissions.has('Administrator')).toBe(true);
    });
  });

  it('is refused with 40060 the second time', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { id, token } = await typedCommand(sandbox, client);
      const answer = () => client.rest.post(Routes.interactionCallback(id, token), { body: { type: 5 }, auth: false });
      await answer();
      await expect(answer()).rejects.toMatchObject({ code: RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged });
    });
  });

  it('is refused with 10062 when it comes too late', async () => {
    await withBot(
      async ({ sandbox, client }) => {
        const interaction = await typedCommand(sandbox, client);
        await new Promise((resolve) => setTimeout(resolve, 60)); // the time limit itself is what is tested
        await expect(interaction.reply('late')).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownInteraction });
      },
      { answerWithinMs: 50 },
    );
  });

  it('needs a first answer before a follow-up', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      const followUp = interaction.webhook.send('too early');
      await expect(followUp).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownWebhook });
    });
  });

  it('gives the message back when asked with withResponse', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      const response = await interaction.reply({ content: 'here', withResponse: true });
      expect(response.resource?.message?.content).toBe('here');
      expect((await interaction.fetchReply()).id).toBe(response.resource?.message?.id);
    });
  });

  it('shows an ephemeral answer to the person only', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      await interaction.reply({ content: 'just for you', flags: MessageFlags.Ephemeral });
      const { id } = await interaction.fetchReply();
      expect(sandbox.recorder.gateway.since().filter(({ t }) => t === 'MESSAGE_CREATE')).toEqual([]);
      await expect(interaction.channel?.messages.fetch({ message: id, force: true })).rejects.toMatchObject({
        code: RESTJSONErrorCodes.UnknownMessage,
      });
      await interaction.deleteReply();
      await expect(interaction.fetchReply()).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownMessage });
    });
  });

  it('turns the first follow-up after a deferral into the answer', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      const answer = await interaction.followUp('the answer');
      expect(answer.id).toBe((await interaction.fetchReply()).id);
      expect(answer.flags.bitfield).toBe(MessageFlags.Ephemeral);
    });
  });

  it('can open a form', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typedCommand(sandbox, client);
      const input = { type: 4, custom_id: 'why', label: 'Why?', style: 1 } as const;
      await interaction.showModal({
        custom_id: 'form',
        title: 'A form',
        components: [{ type: 1, components: [input] }],
      });
      const seen = await sandbox.recorder.sightings.waitFor(({ kind }) => kind === 'modal');
      expect(seen).toMatchObject({ interactionId: interaction.id, data: { custom_id: 'form' } });
    });
  });
});

describe('a click', () => {
  it('can be put off and answered with an edit, and finds menus and disabled buttons', async () => {
    await withBot(async ({ sandbox, client }) => {
      const rows = [
        { type: 1, components: [{ type: 2, style: 1, label: 'Old', custom_id: 'old', disabled: true }] },
        {
          type: 1,
          components: [
            {
              type: 3,
              custom_id: 'menu',
              options: [
                { label: 'Red', value: 'r' },
                { label: 'Blue', value: 'b' },
              ],
            },
          ],
        },
      ];
      await client.rest.post(Routes.channelMessages(SANDBOX_IDS.channels.general), {
        body: { content: 'pick', components: rows },
      });
      client.on(Events.InteractionCreate, async (interaction) => {
        if (!interaction.isStringSelectMenu()) return;
        await interaction.deferUpdate();
        await interaction.editReply({ content: `picked ${interaction.values.join()}`, components: [] });
      });
      expect(() => sandbox.actors.click({ button: 'Old' })).toThrow('disabled');
      expect(() => sandbox.actors.click({ button: 'New' })).toThrow("no message with a button 'New'");
      expect(() => sandbox.actors.click({ button: 'menu', values: ['g'] })).toThrow("'g' is not in the menu");
      sandbox.actors.click({ button: 'menu', values: ['b'] });
      await sandbox.recorder.waitForMessage((message) => message.content === 'picked b');
    });
  });
});

describe('registering commands', () => {
  const command = (name: string, more: object = {}) => ({ name, description: 'A command', ...more });

  it('keeps the id of a command that keeps its name', async () => {
    await withBot(async ({ sandbox, client }) => {
      const first = await client.application.commands.set([command('one'), command('two')]);
      const second = await client.application.commands.set([command('two', { description: 'Changed' })]);
      expect(second.map(({ name }) => name)).toEqual(['two']);
      expect(second.first()?.id).toBe(first.find(({ name }) => name === 'two')?.id);
      expect(sandbox.recorder.counters.commandPuts).toBe(2);
    });
  });

  it('keeps global commands and those of a guild apart', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([command('both')]);
      const own = await client.application.commands.create(command('both'), SANDBOX_IDS.guild);
      expect(sandbox.actors.slash({ command: ['both'] }).commandName).toBe('both');
      expect(sandbox.world.commands.visibleIn(SANDBOX_IDS.guild).map(({ id }) => id)).toEqual([own.id]);
      await own.edit({ description: 'Edited' });
      await own.delete();
      expect(await client.application.commands.fetch()).toHaveLength(1);
    });
  });

  it('refuses more than 100 commands with 30032 and keeps the old ones', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([command('old')]);
      const many = Array.from({ length: 101 }, (_, index) => command(`c-${index}`));
      await expect(client.application.commands.set(many)).rejects.toMatchObject({ status: 400, code: 30032 });
      expect(sandbox.world.commands.list(null).map(({ name }) => name)).toEqual(['old']);
    });
  });

  it.each([
    ['an upper-case name', [command('Upper')]],
    ['an empty description', [command('empty', { description: '' })]],
    ['two commands of one name', [command('twin'), command('twin')]],
    [
      '26 options',
      [command('many', { options: Array.from({ length: 26 }, (_, n) => ({ type: 3, ...command(`o${n}`) })) })],
    ],
    [
      'a required option after an optional one',
      [
        command('order', {
          options: [
            { type: 3, ...command('a') },
            { type: 3, ...command('b', { required: true }) },
          ],
        }),
      ],
    ],
    [
      'subcommands beside options',
      [
        command('mix', {
          options: [
            { type: 1, ...command('a') },
            { type: 3, ...command('b') },
          ],
        }),
      ],
    ],
  ])('refuses %s with 50035', async (_, commands) => {
    await withBot(async ({ client }) => {
      await expect(client.application.commands.set(commands)).rejects.toMatchObject({ status: 400, code: 50035 });
    });
  });
});

describe('typing a slash command', () => {
  it.each([
    [['nope'], {}, 'There is no command /nope'],
    [['mod'], {}, '/mod needs a subcommand'],
    [['mod', 'nope'], {}, "/mod has no subcommand 'nope'"],
    [['mod', 'ban'], {}, "Option 'who' is required"],
    [['mod', 'ban'], { who: 'nobody' }, "There is no user 'nobody'"],
    [['mod', 'ban'], { who: 'bob', nope: '1' }, "There is no option 'nope'"],
    [['mod', 'ban'], { who: 'bob', days: '1.5' }, "'1.5' is not a number for 'days'"],
    [['mod', 'ban'], { who: 'bob', days: '9' }, '9 is out of range'],
    [['mod', 'ban'], { who: 'bob', mood: 'sad' }, "'sad' is not a choice of 'mood'"],
    [['mod', 'ban'], { who: 'bob', quiet: 'maybe' }, "'maybe' is neither true nor false"],
    [['mod', 'ban'], { who: 'bob', role: 'King' }, "There is no role 'King'"],
    [['mod', 'ban', 'more'], { who: 'bob' }, "/mod ban has no subcommand 'more'"],
  ])('%j %j is refused: %s', async (path, options, problem) => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([moderation]);
      expect(() => sandbox.actors.slash({ command: path, options })).toThrow(problem);
    });
  });

  it('turns texts into the types of the options', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([moderation]);
      const arrived = once(client, Events.InteractionCreate);
      const given = {
        who: '<@500000000000000004>',
        days: '3',
        mood: 'Angry',
        quiet: 'yes',
        role: 'moderator',
        where: '#mod-log',
      };
      sandbox.actors.slash({ command: ['mod', 'ban'], options: given });
      const [interaction] = (await arrived) as [Interaction];
      if (!interaction.isChatInputCommand()) throw new Error('not a slash command');
      const { options } = interaction;
      expect(options.getMember('who')).toMatchObject({ displayName: 'Bob' });
      expect(options.getInteger('days')).toBe(3);
      expect(options.getString('mood')).toBe('a');
      expect(options.getBoolean('quiet')).toBe(true);
      expect(options.getRole('role')).toMatchObject({ name: 'Moderator' });
      expect(options.getChannel('where')).toMatchObject({ name: 'mod-log' });
    });
  });
});

describe('typing in an option with suggestions', () => {
  const option = (name: string, more: object) => ({ type: 3, name, description: 'An option', ...more });
  const shop = {
    name: 'shop',
    description: 'Shop',
    options: [
      {
        type: 1,
        name: 'buy',
        description: 'Buys',
        options: [
          option('what', { required: true }),
          option('from', { autocomplete: true }),
          option('count', { type: 4, min_value: 1 }),
        ],
      },
    ],
  };
  const typing = { as: 'alice', command: ['shop', 'buy'], option: 'from', typed: 'fa' };

  /** Has somebody type, and gives what the client makes of it. */
  async function typed(sandbox: Sandbox, client: Client<true>, options = {}): Promise<AutocompleteInteraction> {
    await client.application.commands.set([shop]);
    const arrived = once(client, Events.InteractionCreate);
    sandbox.actors.suggest({ ...typing, options });
    const [interaction] = (await arrived) as [Interaction];
    if (!interaction.isAutocomplete()) throw new Error('not an autocompletion');
    return interaction;
  }

  it('tells the bot which one it is and what the others are so far, in the order they were declared', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { options, commandName, user } = await typed(sandbox, client, { count: '3' });
      expect([commandName, user.username, options.getSubcommand()]).toEqual(['shop', 'alice', 'buy']);
      expect(options.getFocused(true)).toMatchObject({ name: 'from', value: 'fa', focused: true });
      expect(options.data[0]?.options?.map(({ name, value }) => [name, value])).toEqual([
        ['from', 'fa'],
        ['count', 3],
      ]);
    });
  });

  it('shows the suggestions', async () => {
    await withBot(async ({ sandbox, client }) => {
      const interaction = await typed(sandbox, client);
      await interaction.respond([{ name: 'The farm', value: 'farm' }]);
      const seen = await sandbox.recorder.sightings.waitFor(({ kind }) => kind === 'autocomplete');
      expect(seen).toMatchObject({ interactionId: interaction.id, data: { choices: [{ value: 'farm' }] } });
    });
  });

  it.each([
    ['26 suggestions', 8, { choices: Array.from({ length: 26 }, (_, n) => ({ name: `${n}`, value: `${n}` })) }],
    ['an empty name', 8, { choices: [{ name: '', value: 'x' }] }],
    ['a value of 101 characters', 8, { choices: [{ name: 'x', value: 'x'.repeat(101) }] }],
    ['a message', 4, { content: 'hello' }],
  ])('refuses %s with 50035', async (_, type, data) => {
    await withBot(async ({ sandbox, client }) => {
      const { id, token } = await typed(sandbox, client);
      const answer = client.rest.post(Routes.interactionCallback(id, token), { body: { type, data }, auth: false });
      await expect(answer).rejects.toMatchObject({ status: 400, code: 50035 });
    });
  });

  it('refuses suggestions where nobody types, with 50035', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { id, token } = await typedCommand(sandbox, client);
      const body = { type: 8, data: { choices: [] } };
      const answer = client.rest.post(Routes.interactionCallback(id, token), { body, auth: false });
      await expect(answer).rejects.toMatchObject({ status: 400, code: 50035 });
    });
  });

  it.each([
    ['nope', "There is no option 'nope'"],
    ['what', "Option 'what' has no suggestions"],
  ])('in %s is refused: %s', async (option, problem) => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([shop]);
      expect(() => sandbox.actors.suggest({ ...typing, option })).toThrow(problem);
    });
  });
});

const moderation = {
  name: 'mod',
  description: 'Moderation',
  options: [
    {
      type: 1,
      name: 'ban',
      description: 'Bans',
      options: [
        { type: 6, name: 'who', description: 'Who', required: true },
        { type: 4, name: 'days', description: 'Days', min_value: 0, max_value: 7 },
        { type: 3, name: 'mood', description: 'Mood', choices: [{ name: 'Angry', value: 'a' }] },
        { type: 5, name: 'quiet', description: 'Quiet' },
        { type: 8, name: 'role', description: 'Role' },
        { type: 7, name: 'where', description: 'Where' },
      ],
    },
  ],
};
