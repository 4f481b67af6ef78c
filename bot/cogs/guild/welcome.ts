import { type Command, defineCommand, defineCommandGroup } from '../../framework/command.js';
import { channelOption, textOption } from '../../framework/options.js';
import { requireGuildManager } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { checkPostable } from '../postable-channel.js';
import { type GuildSettings, guildSettingsOf } from './guild-settings.js';
import { DEFAULT_WELCOME, fillWelcome, unknownPlaceholders } from './welcome-text.js';

const preconditions = [requireGuildManager()];

const channelCommand = defineCommand({
  name: 'channel',
  description: 'Greets new members in this channel.',
  options: { channel: channelOption({ description: 'Where to greet', required: true }) },
  preconditions,
  async run(ctx, { channel }) {
    checkPostable(channel);
    await guildSettingsOf(ctx.services).setWelcomeChannel(ctx, channel.guildId, channel.id);
    await ctx.reply(`✅ I greet new members in <#${channel.id}> from now on. \`/welcome test\` shows how.`);
  },
});

const messageCommand = defineCommand({
  name: 'message',
  description: 'Sets the greeting; {user}, {server} and {count} are filled in.',
  options: {
    text: textOption({ description: 'The greeting; without it the usual one', rest: true, maxLength: 1_500 }),
  },
  preconditions,
  async run(ctx, { text }) {
    if (ctx.guild === null) return; // requireGuildManager() has seen to it
    const unknown = unknownPlaceholders(text ?? '').map((name) => `\`{${name}}\``);
    if (unknown.length > 0) {
      throw new UserError('TUX_WELCOME_PLACEHOLDER', `I do not know ${unknown.join(', ')}.`, {
        hint: 'There are `{user}`, `{server}` and `{count}`.',
      });
    }
    await guildSettingsOf(ctx.services).setWelcomeMessage(ctx, ctx.guild.id, text ?? null);
    await ctx.reply(text === undefined ? '✅ I use the usual greeting again.' : '✅ The greeting is set.');
  },
});

const offCommand = defineCommand({
  name: 'off',
  description: 'Greets nobody any more.',
  preconditions,
  async run(ctx) {
    if (ctx.guild === null) return;
    await guildSettingsOf(ctx.services).setWelcomeChannel(ctx, ctx.guild.id, null);
    await ctx.reply('✅ I greet nobody any more. The greeting itself is kept.');
  },
});

const testCommand = defineCommand({
  name: 'test',
  description: 'Shows the greeting as you would get it.',
  preconditions,
  async run(ctx) {
    if (ctx.guild === null) return;
    const settings = await guildSettingsOf(ctx.services).read(ctx.guild.id);
    const { name, memberCount } = ctx.guild;
    const newcomer = { userId: ctx.user.id, serverName: name, memberCount };
    await ctx.reply(
      `${fillWelcome(settings.welcomeMessage ?? DEFAULT_WELCOME, newcomer)}\n-# ${whereGreeted(settings)}`,
    );
  },
});

const showCommand = defineCommand({
  name: 'show',
  description: 'Shows where new members are greeted, and with which text.',
  preconditions,
  async run(ctx) {
    if (ctx.guild === null) return;
    const settings = await guildSettingsOf(ctx.services).read(ctx.guild.id);
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
