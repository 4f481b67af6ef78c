import type { APIEmbed } from 'discord-api-types/v10';
import { type Command, defineCommand, type TopLevelCommand } from '../../framework/command.js';
import type { CommandRegistry, RegisteredCommand } from '../../framework/command-registry.js';
import { textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { groupOverview, prefixUsage, slashUsage } from '../../framework/usage.js';
import { UserError } from '../../framework/user-error.js';
import { EMBED_COLOR } from '../embed-color.js';

/** Discord's limits for embeds. */
const MAX_FIELDS = 25;
const MAX_FIELD_LENGTH = 1_024;

/** `$help` lists everything by cog, `$help admin restart` explains one command. */
export const helpCommand = defineCommand({
  name: 'help',
  description: 'Lists the commands, or explains one.',
  options: {
    command: textOption({ description: 'The command to explain, e.g. admin restart', rest: true, maxLength: 100 }),
  },
  async run(ctx, { command }) {
    const prefix = await ctx.services.prefixes.get(ctx.guild?.id ?? null);
    const embed =
      command === undefined
        ? overview(prefix, ctx.services.commands.list())
        : explanation(prefix, ctx.services.commands, command);
    await ctx.reply({ embeds: [embed] });
  },
});

function overview(prefix: string, commands: readonly RegisteredCommand[]): APIEmbed {
  const linesByCog = new Map<string, string[]>();
  for (const { command, cog } of commands) {
    linesByCog.set(cog, [...(linesByCog.get(cog) ?? []), ...overviewLines(prefix, command)]);
  }
  const fields = [...linesByCog].map(([cog, lines]) => ({
    name: capitalize(cog),
    value: truncate(lines.join('\n'), MAX_FIELD_LENGTH),
  }));
  return {
    title: 'Tux commands',
    description: `Each works as \`${prefix}name\` and as \`/name\`. More about one: \`${prefix}help name\`.`,
    fields: fields.slice(0, MAX_FIELDS),
    color: EMBED_COLOR,
  };
}

function overviewLines(prefix: string, command: TopLevelCommand): string[] {
  if (command.kind === 'command') return [`\`${prefix}${command.name}\` – ${command.description}`];
  return command.commands.map((sub) => `\`${prefix}${command.name} ${sub.name}\` – ${sub.description}`);
}

function explanation(prefix: string, commands: CommandRegistry, wanted: string): APIEmbed {
  const name = wanted.startsWith(prefix) ? wanted.slice(prefix.length) : wanted.replace(/^\//, '');
  const [first = '', second] = name.trim().split(/\s+/);
  const registered = commands.get(first);
  if (!registered)
    throw new UserError('TUX_HELP_UNKNOWN', 'I know no such command.', { hint: `See \`${prefix}help\`.` });
  const { command } = registered;
  if (command.kind === 'command') return commandEmbed(prefix, command.name, command);
  const sub = command.commands.find(({ name }) => name === second?.toLowerCase());
  if (sub) return commandEmbed(prefix, `${command.name} ${sub.name}`, sub);
  return { title: capitalize(command.name), description: groupOverview(prefix, command), color: EMBED_COLOR };
}

function commandEmbed(prefix: string, path: string, command: Command): APIEmbed {
  const options = Object.entries(command.options).map(
    ([name, { description, required }]) => `\`${name}\`${required ? '' : ' (optional)'} – ${description}`,
  );
  const aliases = command.aliases.map((alias) => `\`${prefix}${alias}\``).join(', ');
  return {
    title: path,
    description: command.description,
    fields: [
      { name: 'Usage', value: `\`${prefixUsage(prefix, path, command)}\`\n\`${slashUsage(path, command)}\`` },
      ...(options.length > 0 ? [{ name: 'Options', value: truncate(options.join('\n'), MAX_FIELD_LENGTH) }] : []),
      ...(aliases ? [{ name: 'Also', value: aliases }] : []),
    ],
    color: EMBED_COLOR,
  };
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
