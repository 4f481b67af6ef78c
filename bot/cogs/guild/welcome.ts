import { type Command, defineCommandGroup } from '../../framework/command.js';
import { defineManagerCommand } from '../../framework/guild-command.js';
import { channelOption, textOption } from '../../framework/options.js';
import { UserError } from '../../framework/user-error.js';
import { checkPostable } from '../postable-channel.js';
import { type GuildSettings, guildSettingsOf } from './guild-settings.js';
import { DEFAULT_WELCOME, fillWelcome, unknownPlaceholders } from './welcome-text.js';

const channelCommand = defineManagerCommand({
  name: 'channel',
  description: 'Greets new members in this channel.',
  options: { channel: channelOption({ description: 'Where to greet', required: true }) },
  async run(ctx, guild, { channel }) {
    checkPostable(channel);
    await guildSettingsOf(ctx.services).setWelcomeChannel(ctx, guild.id, channel.id);
    await ctx.reply(`✅ I greet new members in <#${channel.id}> from now on. \`/welcome test\` shows how.`);
  },
});

const messageCommand = defineManagerCommand({
  name: 'message',
  description: 'Sets the greeting; {user}, {server} and {count} are filled in.',
  options: {
    text: textOption({ description: 'The greeting; without it the usual one', rest: true, maxLength: 1_500 }),
  },
  async run(ctx, guild, { text }) {
    const unknown = unknownPlaceholders(text ?? '').map((name) => `\`{${name}}\``);
    if (unknown.length > 0) {
      throw new UserError('TUX_WELCOME_PLACEHOLDER', `I do not know ${unknown.join(', ')}.`, {
        hint: 'There are `{user}`, `{server}` and `{count}`.',
      });
    }
    await guildSettingsOf(ctx.services).setWelcomeMessage(ctx, guild.id, text ?? null);
    await ctx.reply(text === undefined ? '✅ I use the usual greeting again.' : '✅ The greeting is set.');
  },
});

const offCommand = defineManagerCommand({
  name: 'off',
  description: 'Greets nobody any more.',
  async run(ctx, guild) {
    await guildSettingsOf(ctx.services).setWelcomeChannel(ctx, guild.id, null);
    await ctx.reply('✅ I greet nobody any more. The greeting itself is kept.');
  },
});

const testCommand = defineManagerCommand({
  name: 'test',
  description: 'Shows the greeting as you would get it.',
  async run(ctx, guild) {
    const settings = await guildSettingsOf(ctx.services).read(guild.id);
    const { name, memberCount } = guild;
    const newcomer = { userId: ctx.user.id, serverName: name, memberCount };
    await ctx.reply(
      `${fillWelcome(settings.welcomeMessage ?? DEFAULT_WELCOME, newcomer)}\n-# ${whereGreeted(settings)}`,
    );
  },
});

const showCommand = defineManagerCommand({
  name: 'show',
  description: 'Shows where new members are greeted, and with which text.',
  async run(ctx, guild) {
    const settings = await guildSettingsOf(ctx.services).read(guild.id);
    const text = (settings.welcomeMessage ?? DEFAULT_WELCOME).replaceAll('```', "'''");
    await ctx.reply(`${whereGreeted(settings)}\n\`\`\`\n${text}\n\`\`\``);
  },
});

function whereGreeted({ welcomeChannelId }: GuildSettings): string {
  return welcomeChannelId === null
    ? 'New members are not greeted. `welcome channel` changes that.'
    : `New members are greeted in <#${welcomeChannelId}>.`;
}

const commands: readonly Command[] = [channelCommand, messageCommand, offCommand, testCommand, showCommand];

/** `$welcome channel #hall`, `$welcome message Hi {user}`: for managers of the server. */
export const welcomeCommands = defineCommandGroup({
  name: 'welcome',
  description: 'Greets new members.',
  commands,
});
