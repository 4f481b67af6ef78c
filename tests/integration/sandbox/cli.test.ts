import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { type Client, Events, MessageFlags } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { addSandboxCommands } from '../../../sandbox/cli/commands.js';
import { SANDBOX_IDS, type Sandbox } from '../../../sandbox/index.js';
import { ExitCode } from '../../../shared/exit-codes.js';
import { withBot, withSandbox } from './bot.js';

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onWrite?: (text: string) => void;
}

/** Runs `tux sandbox …` in this process and gives what it printed. */
async function tux(controlUrl: string, args: readonly string[], { signal, onWrite }: RunOptions = {}): Promise<string> {
  let output = '';
  const program = new Command('tux').exitOverride().configureOutput({ writeErr: () => {} });
  addSandboxCommands(program, {
    findControlUrl: async () => controlUrl,
    write: (text) => {
      output += text;
      onWrite?.(text);
    },
    ...(signal && { signal }),
  });
  await program.parseAsync(['sandbox', ...args], { from: 'user' });
  return output;
}

/** A bot that answers what the command line can show. */
async function talkative(run: (sandbox: Sandbox, client: Client<true>) => Promise<void>): Promise<void> {
  await withBot(async ({ sandbox, client }) => {
    await client.application.commands.set([
      {
        name: 'test',
        description: 'For tests',
        options: [
          { type: 3, name: 'text', description: 'Text', autocomplete: true },
          { type: 4, name: 'count', description: 'Count' },
        ],
      },
    ]);
    client.on(Events.MessageCreate, async (message) => {
      if (message.content === '$ping') await message.reply('pong');
      if (message.content === '$twice') await message.channel.send('one').then(() => message.reply('two'));
      if (message.content.startsWith('$echo')) await message.reply(message.content.replace('$echo ', ''));
      if (message.content === '$help') await message.author.send('see here');
      if (message.content === '$react') {
        await message.react('👀');
        await setTimeout(600); // longer than the quiet that ends a wait
        await message.reply('seen');
      }
      if (message.content !== '$menu' || !message.channel.isSendable()) return;
      const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go' }] }];
      const embeds = [
        {
          title: 'Menu',
          description: 'Pick\none',
          fields: [
            { name: 'a', value: 'b' },
            { name: 'c', value: 'd\ne' },
          ],
        },
      ];
      await message.channel.send({ embeds, components });
    });
    client.on(Events.InteractionCreate, async (interaction) => {
      if (interaction.isAutocomplete()) {
        const typed = interaction.options.getFocused();
        const count = interaction.options.getInteger('count') ?? 1;
        const choices = Array.from({ length: count }, (_, n) => ({ name: `${typed}${n}`, value: `${n}` }));
        await interaction.respond(typed === 'x' ? [] : [{ name: typed, value: typed }, ...choices]);
      }
      if (interaction.isButton()) await interaction.update({ content: 'went', embeds: [], components: [] });
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.editReply(`got ${interaction.options.getString('text')}`);
    });
    await run(sandbox, client);
  });
}

describe('tux sandbox', () => {
  it('says something and prints the answer', async () => {
    await talkative(async ({ controlUrl }) => {
      expect(await tux(controlUrl, ['say', '$ping', '--as', 'alice'])).toBe('Tux:\n  pong\n');
    });
  });

  it('prints every answer, in the channel and by direct message', async () => {
    await talkative(async ({ controlUrl }) => {
      expect(await tux(controlUrl, ['say', '$twice'])).toBe('Tux:\n  one\nTux:\n  two\n');
      expect(await tux(controlUrl, ['say', '$help'])).toBe('Tux:\n  see here\n');
      expect(await tux(controlUrl, ['say', '$react'])).toBe('(reacted with 👀 to: $react)\nTux:\n  seen\n');
    });
  });

  it('makes mentions of names, and shows mentions and moments as people read them', async () => {
    await talkative(async ({ controlUrl, world }) => {
      const { users, roles, channels } = SANDBOX_IDS;
      const typed = '$echo @alice @Moderator @moderator @tux #mod-log me@bob.org @nobody <t:0:d> <a:wave:123>';
      const shown = '@alice @Moderator @moderator @Tux #mod-log me@bob.org @nobody 1 January 1970 :wave:';
      expect(await tux(controlUrl, ['say', typed])).toBe(`Tux:\n  ${shown}\n`);
      expect(world.messages.list(channels.general)[0]?.content).toBe(
        `$echo <@${users.alice}> <@&${roles.Moderator}> <@${users.moderator}> <@${SANDBOX_IDS.bot}> <#${channels['mod-log']}> me@bob.org @nobody <t:0:d> <a:wave:123>`,
      );
      expect(await tux(controlUrl, ['say', '$echo @alice #general', '--channel', 'dm'])).toBe(
        'Tux:\n  @alice #general\n',
      );
      expect(await tux(controlUrl, ['say', '$echo <@999999999999999999>'])).toContain('<@999999999999999999>');
    });
  });

  it('prints answers as lines of JSON', async () => {
    await talkative(async ({ controlUrl }) => {
      const line = JSON.parse(await tux(controlUrl, ['say', '$ping', '--json'])) as object;
      expect(line).toMatchObject({ kind: 'message', author: 'Tux', content: 'pong', ephemeral: false });
    });
  });

  it('shows embeds and buttons, and clicks them', async () => {
    await talkative(async ({ controlUrl }) => {
      expect(await tux(controlUrl, ['say', '$menu'])).toBe(
        'Tux:\n  │ Menu\n  │ Pick\n  │ one\n  │ a: b\n  │ c:\n  │ d\n  │ e\n  [Go]\n',
      );
      expect(await tux(controlUrl, ['click', 'go'])).toBe('Tux: (edited)\n  went\n');
    });
  });

  it('uses a slash command and shows the answer once the deferral is edited', async () => {
    await talkative(async ({ controlUrl }) => {
      const answer = await tux(controlUrl, ['slash', 'test', 'text=a=b c', '--as', 'moderator']);
      expect(answer).toBe('Tux: (only you can see this) (edited)\n  got a=b c\n');
    });
  });

  it('types in an option and shows the suggestions', async () => {
    await talkative(async ({ controlUrl }) => {
      const suggestions = await tux(controlUrl, ['suggest', 'test', 'count=2', 'text=te']);
      expect(suggestions).toBe('Suggestions:\n  te\n  te0 = 0\n  te1 = 1\n');
      expect(await tux(controlUrl, ['suggest', 'test', 'text=x'])).toBe('(no suggestions)\n');
    });
  });

  it('fails with exit code 1 when no answer came', async () => {
    await talkative(async ({ controlUrl }) => {
      const silence = tux(controlUrl, ['say', '$nothing', '--timeout', '0.1']);
      await expect(silence).rejects.toMatchObject({ code: 'TUX_SANDBOX_SILENT', exitCode: ExitCode.FAILURE });
    });
  });

  it.each([
    [['say', 'hi', '--as', 'nobody'], "There is no user 'nobody'"],
    [['say', 'hi', '--channel', 'nowhere'], "There is no channel 'nowhere'"],
    [['slash', 'nope'], 'There is no command /nope'],
    [['suggest', 'test'], 'needs the option that is being typed'],
    [['suggest', 'test', 'count=1'], "Option 'count' has no suggestions"],
    [['click', 'nope'], "There is no message with a button 'nope'"],
    [['faults', 'nope'], "There is no fault 'nope'"],
    [['faults', 'lag', '{"ms":"x"}'], 'expected number'],
    [['faults', 'lag', '{'], 'is not JSON'],
    [['say', 'hi', '--timeout', 'soon'], 'must be a number'],
  ])('refuses %j: %s', async (args, problem) => {
    await talkative(async ({ controlUrl }) => {
      await expect(tux(controlUrl, args)).rejects.toThrow(problem);
    });
  });

  it('says so when the bot is not connected, and when there is no sandbox', async () => {
    let controlUrl = '';
    await withSandbox(async (sandbox) => {
      controlUrl = sandbox.controlUrl;
      await expect(tux(controlUrl, ['say', 'hi'])).rejects.toThrow('The bot is not connected');
    });
    await expect(tux(controlUrl, ['state'])).rejects.toMatchObject({ exitCode: ExitCode.UNAVAILABLE });
  });

  it('shows what was said, and goes on with what is said next', async () => {
    await talkative(async (sandbox) => {
      sandbox.actors.say({ as: 'bob', text: 'earlier' });
      expect(await tux(sandbox.controlUrl, ['tail'])).toBe('bob:\n  earlier\n');
      const enough = new AbortController();
      const following = tux(sandbox.controlUrl, ['tail', '-f'], {
        signal: enough.signal,
        onWrite: (text) => {
          if (text.includes('earlier')) sandbox.actors.say({ as: 'alice', text: '$ping' });
          if (text.includes('pong')) enough.abort();
        },
      });
      expect(await following).toBe('bob:\n  earlier\nalice:\n  $ping\nTux:\n  pong\n');
    });
  });

  it('ends when the sandbox does', async () => {
    await talkative(async (sandbox) => {
      sandbox.actors.say({ as: 'bob', text: 'earlier' });
      const onWrite = (text: string) => {
        if (text.includes('earlier')) sandbox.actors.say({ as: 'alice', text: 'later' });
        if (text.includes('later')) void sandbox.close();
      };
      const shown = await tux(sandbox.controlUrl, ['tail', '-f'], { onWrite });
      expect(shown).toBe('bob:\n  earlier\nalice:\n  later\n🔧 The sandbox has stopped.\n');
    });
  });

  it('lists faults, makes them, and shows the state', async () => {
    await talkative(async (sandbox, client) => {
      expect(await tux(sandbox.controlUrl, ['faults'])).toContain('closeWith\n');
      const resumed = new Promise((resolve) => client.once(Events.ShardResume, resolve));
      expect(await tux(sandbox.controlUrl, ['faults', 'closeWith', '{"code":4000}'])).toBe('✅ closeWith\n');
      await resumed;
      const state = JSON.parse(await tux(sandbox.controlUrl, ['state'])) as object;
      expect(state).toMatchObject({ counters: { identifies: 1, resumes: 1 }, isBotReachable: true, guilds: 1 });
    });
  });
});

describe('the control interface', () => {
  it('shows requests and commands, and refuses what it does not know', async () => {
    await talkative(async ({ controlUrl }) => {
      const get = async (path: string) => (await fetch(`${controlUrl}${path}`)).json();
      const route = encodeURIComponent('PUT /applications/:id/commands');
      expect(await get(`/requests?route=${route}`)).toMatchObject({ requests: [{ method: 'PUT', status: 200 }] });
      expect(await get('/commands')).toMatchObject({ commands: [{ name: 'test' }] });
      expect(await get('/nothing')).toEqual({ error: 'There is no GET /control/nothing' });
      const bad = await fetch(`${controlUrl}/say`, { method: 'POST', body: '{"txt":"hi"}' });
      expect([bad.status, await bad.json()]).toMatchObject([400, { error: expect.stringContaining('text') }]);
      expect(SANDBOX_IDS.users.alice).toMatch(/^\d{18}$/);
    });
  });
});
