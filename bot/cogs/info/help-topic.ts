import type { Command, CommandGroup } from '../../framework/command.js';
import type { CommandRegistry } from '../../framework/command-registry.js';

/** A command that can be run, with its full name. */
export interface HelpEntry {
  readonly cog: string;
  readonly path: string;
  readonly command: Command;
}

/** What somebody wants help about. */
export type HelpTopic =
  | { readonly kind: 'overview' }
  | { readonly kind: 'cog'; readonly cog: string }
  | { readonly kind: 'group'; readonly group: CommandGroup }
  | { readonly kind: 'command'; readonly entry: HelpEntry };

/** Every command, sub-commands one by one, ordered by name. */
export function helpEntries(commands: CommandRegistry): HelpEntry[] {
  return commands.list().flatMap(({ cog, command }) => {
    if (command.kind === 'command') return [{ cog, path: command.name, command }];
    return command.commands.map((sub) => ({ cog, path: `${command.name} ${sub.name}`, command: sub }));
  });
}

/** The names of the cogs that have commands, in order. */
export function cogsOf(entries: readonly HelpEntry[]): string[] {
  return [...new Set(entries.map(({ cog }) => cog))].sort((a, b) => a.localeCompare(b));
}

/** What `wanted` names: a cog, a group, or a command by name or alias, with or without prefix. Null: nothing. */
export function findTopic(commands: CommandRegistry, prefix: string, wanted: string): HelpTopic | null {
  const name = withoutPrefix(wanted, prefix).toLowerCase();
  if (name === '') return { kind: 'overview' };
  if (cogsOf(helpEntries(commands)).includes(name)) return { kind: 'cog', cog: name };
  const found = commands.findByLine(name);
  if (found === null) return null;
  if ('group' in found) return { kind: 'group', group: found.group };
  return { kind: 'command', entry: found };
}

/** Names to choose from while somebody types: those that begin like it first, then those that contain it. */
export function suggestTopics(commands: CommandRegistry, prefix: string, typed: string): string[] {
  const wanted = withoutPrefix(typed, prefix).toLowerCase();
  const entries = helpEntries(commands);
  const topics = [...new Set([...cogsOf(entries), ...entries.map(({ path }) => path)])];
  const matching = topics.filter((topic) => topic.includes(wanted));
  return [
    ...matching.filter((topic) => topic.startsWith(wanted)),
    ...matching.filter((topic) => !topic.startsWith(wanted)),
  ];
}

function withoutPrefix(text: string, prefix: string): string {
  return (text.startsWith(prefix) ? text.slice(prefix.length) : text.replace(/^\//, '')).trim();
}
