import { ActionRowBuilder, ButtonBuilder, ButtonStyle, Events, MessageFlags, SlashCommandBuilder } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { withBot } from './bot.js';

const { general } = SANDBOX_IDS.channels;

describe('a conversation of a person with a discord.js bot', () => {
  it('is ready with the guild, its channels and roles', async () => {
    await withBot(async ({ client }) => {
      const guild = client.guilds.cache.get(SANDBOX_IDS.guild);
      expect(client.user.username).toBe('Tux');
      expect(guild?.available).toBe(true);
      expect(guild?.channels.cache.map((channel) => channel.name)).toEqual(['general', 'mod-log']);
      expect(guild?.roles.cache.map((role) => role.name).sort()).toEqual(['@everyone', 'Moderator', 'Tux']);
      expect(guild?.members.me?.permissions.has('Administrator')).toBe(true);
    });
  });

  it('carries a message in and its reply out', async () => {
    await withBot(async ({ sandbox, client }) => {
      client.on(Events.MessageCreate, async (message) => {
        if (!message.author.bot) await message.reply(`${message.member?.displayName} said ${message.content}`);
      });
      const said = sandbox.actors.say({ as: 'alice', text: '$ping' });
      const answer = await sandbox.recorder.waitForMessage((message) => message.author.bot === true);
      expect(answer.content).toBe('Alice said $ping');
      expect(answer.message_reference?.message_id).toBe(said.id);
      expect(answer.channel_id).toBe(general);
    });
  });

  it('carries a direct message in and its reply out', async () => {
    await withBot(async ({ sandbox, client }) => {
      client.on(Events.MessageCreate, async (message) => {
        if (!message.author.bot) await message.author.send(`guild: ${message.guildId}`);
      });
      sandbox.actors.say({ as: 'bob', channel: 'dm', text: 'psst' });
      const answer = await sandbox.recorder.waitForMessage((message) => message.author.bot === true);
      expect(answer.content).toBe('guild: null');
      expect(sandbox.world.channel(answer.channel_id).recipientId).toBe(SANDBOX_IDS.users.bob);
    });
  });

  it('carries a slash command with typed options in, and a reply, an edit and a follow-up out', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([
        new SlashCommandBuilder()
          .setName('admin')
          .setDescription('Administration')
          .addSubcommand((sub) =>
            sub
              .setName('restart')
              .setDescription('Restarts')
              .addUserOption((option) => option.setName('who').setDescription('Who').setRequired(true))
              .addIntegerOption((option) => option.setName('delay').setDescription('Seconds')),
          )
          .toJSON(),
      ]);
      client.on(Events.InteractionCreate, async (interaction) => {
        if (!interaction.isChatInputCommand()) return;
        const { options } = interaction;
        const text = `${options.getSubcommand()} ${options.getUser('who', true).username} ${options.getInteger('delay')}`;
        await interaction.reply({ content: text, flags: MessageFlags.Ephemeral });
        await interaction.editReply('edited');
        await interaction.followUp('and more');
      });
      const { id } = sandbox.actors.slash({ command: ['admin', 'restart'], options: { who: 'alice', delay: '3' } });
      const followUp = await sandbox.recorder.waitForMessage((message) => message.content === 'and more');
      const answers = sandbox.recorder.sightings.since().filter((sighting) => sighting.interactionId === id);
      expect(answers.map(({ kind, message }) => [kind, message?.content])).toEqual([
        ['message', 'restart alice 3'],
        ['edit', 'edited'],
        ['message', 'and more'],
      ]);
      expect(answers[0]?.message?.flags).toBe(MessageFlags.Ephemeral);
      expect(followUp.flags).toBe(0);
    });
  });

  it('shows a deferred answer once it is edited', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.application.commands.set([{ name: 'slow', description: 'Takes a while' }]);
      client.on(Events.InteractionCreate, async (interaction) => {
        if (!interaction.isChatInputCommand()) return;
        await interaction.deferReply();
        await interaction.editReply('done');
      });
      sandbox.actors.slash({ command: ['slow'] });
      const answer = await sandbox.recorder.waitForMessage((message) => message.author.bot === true);
      expect(answer.content).toBe('done');
      expect(answer.flags).toBe(0);
    });
  });

  it('carries a click in and the update of the message out', async () => {
    await withBot(async ({ sandbox, client }) => {
      client.on(Events.InteractionCreate, async (interaction) => {
        if (interaction.isButton()) await interaction.update({ content: `${interaction.customId}!`, components: [] });
      });
      const channel = await client.channels.fetch(general);
      if (!channel?.isSendable()) throw new Error('general is not a text channel');
      const button = new ButtonBuilder().setCustomId('yes-1').setLabel('Yes').setStyle(ButtonStyle.Primary);
      const row = new ActionRowBuilder<ButtonBuilder>().addComponents(button);
      const question = await channel.send({ content: 'Really?', components: [row] });
      sandbox.actors.click({ as: 'alice', button: 'Yes' });
      const answer = await sandbox.recorder.waitForMessage((message) => message.content === 'yes-1!');
      expect(answer.id).toBe(question.id);
      expect(answer.components).toEqual([]);
    });
  });
});
