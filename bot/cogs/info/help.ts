import { type APIActionRowComponent, type APIStringSelectComponent, ComponentType } from 'discord-api-types/v10';
import { defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { type ComponentHandler, componentId } from '../../framework/components.js';
import { textOption } from '../../framework/options.js';
import { type OutgoingMessage, truncate } from '../../framework/outgoing-message.js';
import { UserError } from '../../framework/user-error.js';
import { EMBED_COLOR } from '../embed-color.js';
import { pageButtons, pageOf } from '../page-buttons.js';
import { capitalize, commandEmbed, LOCK, overviewLines, type ShownEntry, toPages, usageLines } from './help-text.js';
import { cogsOf, findTopic, type HelpEntry, type HelpTopic, helpEntries, suggestTopics } from './help-topic.js';

/** Discord's limits for menus. */
const MAX_MENU_OPTIONS = 25;
const MAX_LABEL_LENGTH = 100;

/** `$help` lists everything by cog, `$help admin` the commands of a cog or group, `$help admin restart` explains one. */
export const helpCommand = defineCommand({
  name: 'help',
  description: 'Lists the commands, or explains one.',
  ephemeral: true,
  options: {
    command: textOption({
      description: 'A command or a group of them, e.g. admin restart',
      rest: true,
      maxLength: 100,
      suggest: async ({ services, guildId, typed }) =>
        suggestTopics(services.commands, await services.prefixes.get(guildId), typed),
    }),
  },
  async run(ctx, { command = '' }) {
    const prefix = await ctx.services.prefixes.get(ctx.guild?.id ?? null);
    const topic = findTopic(ctx.services.commands, prefix, command);
    if (!topic) throw new UserError('TUX_HELP_UNKNOWN', 'I know no such command.', { hint: `See \`${prefix}help\`.` });
    await ctx.reply(await showTopic(ctx, prefix, topic, 1));
  },
});

/** The buttons to other pages; their second argument names the topic. */
export const helpPage: ComponentHandler = {
  run: (ctx, [page, wanted = '']) => updateTo(ctx, wanted, Number(page)),
};

/** The menu of cogs. */
export const helpMenu: ComponentHandler = {
  run: (ctx) => updateTo(ctx, ctx.values[0] ?? '', 1),
};

async function updateTo(ctx: Parameters<ComponentHandler['run']>[0], wanted: string, page: number): Promise<void> {
  const prefix = await ctx.services.prefixes.get(ctx.guild?.id ?? null);
  // A cog that was unloaded since leaves the overview.
  const topic = findTopic(ctx.services.commands, prefix, wanted) ?? { kind: 'overview' };
  await ctx.update(await showTopic(ctx, prefix, topic, page));
}

async function showTopic(
  ctx: CommandContext,
  prefix: string,
  topic: HelpTopic,
  wantedPage: number,
): Promise<OutgoingMessage> {
  const entries = await shownEntries(ctx);
  if (topic.kind === 'command') {
    const isLocked = entries.some(({ path, isLocked }) => isLocked && path === topic.entry.path);
    return { embeds: [commandEmbed(prefix, { ...topic.entry, isLocked })] };
  }
  const { name, title, lines } = listing(prefix, topic, entries);
  const pages = toPages(lines);
  const page = pageOf(wantedPage, pages.length, 1);
  const embed = {
    title,
    description: pages[page.offset] ?? '',
    footer: { text: footer(prefix, entries, page) },
    color: EMBED_COLOR,
  };
  return {
    embeds: [embed],
    components: [cogMenu(entries, name), ...pageButtons('info', 'help', page, [name])],
  };
}

function listing(prefix: string, topic: Exclude<HelpTopic, { kind: 'command' }>, entries: readonly ShownEntry[]) {
  switch (topic.kind) {
    case 'overview':
      return { name: '', title: 'Tux commands', lines: overviewLines(entries) };
    case 'cog': {
      const own = entries.filter(({ cog }) => cog === topic.cog);
      return { name: topic.cog, title: capitalize(topic.cog), lines: usageLines(prefix, own) };
    }
    case 'group': {
      const { name, commands } = topic.group;
      const own = entries.filter(({ command }) => commands.includes(command));
      return { name, title: capitalize(name), lines: usageLines(prefix, own) };
    }
  }
}

function footer(prefix: string, entries: readonly ShownEntry[], { number, count }: { number: number; count: number }) {
  const hint = `Each works as ${prefix}name and as /name. More about one: ${prefix}help name`;
  const lock = entries.some(({ isLocked }) => isLocked) ? ` · ${LOCK} not for you here` : '';
  return `${hint}${lock}${count > 1 ? ` · page ${number} of ${count}` : ''}`;
}

function cogMenu(entries: readonly ShownEntry[], current: string): APIActionRowComponent<APIStringSelectComponent> {
  const options = cogsOf(entries).map((cog) => ({
    label: truncate(capitalize(cog), MAX_LABEL_LENGTH),
    value: cog,
    default: cog === current,
  }));
  return {
    type: ComponentType.ActionRow,
    components: [
      {
        type: ComponentType.StringSelect,
        custom_id: componentId('info', 'help-menu'),
        placeholder: 'Show the commands of …',
        options: options.slice(0, MAX_MENU_OPTIONS),
      },
    ],
  };
}

/** Every command, with a mark at those that the person may not run. When nobody can tell, none is marked. */
async function shownEntries(ctx: CommandContext): Promise<ShownEntry[]> {
  const entries = helpEntries(ctx.services.commands);
  try {
    const check = async (entry: HelpEntry): Promise<ShownEntry> => ({ ...entry, isLocked: await isLocked(ctx, entry) });
    return await Promise.all(entries.map(check));
  } catch (err) {
    ctx.log.warn({ event: 'help:permissions:unknown', err }, '⚠️ help cannot tell who may run what');
    return entries.map((entry) => ({ ...entry, isLocked: false }));
  }
}

/** Rejects when the configuration of the guild cannot be read. */
async function isLocked(ctx: CommandContext, { path, command }: HelpEntry): Promise<boolean> {
  if (command.preconditions.some((precondition) => precondition(ctx) !== null)) return true;
  return !(await ctx.services.permissions.judge(ctx.actor, { path, command })).allowed;
}
