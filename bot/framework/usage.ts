import { quote } from './arguments.js';
import type { Command, CommandGroup } from './command.js';

/** `$queue add <seconds> [text…]`: how to write a prefix command. `path` is its full name. */
export function prefixUsage(prefix: string, path: string, command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    const shown = option.rest ? `${name}…` : name;
    return option.required ? `<${shown}>` : `[${shown}]`;
  });
  return [`${prefix}${path}`, ...options].join(' ');
}

/** `/queue add seconds:… [text:…]`: how to write the slash form. */
export function slashUsage(path: string, command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) =>
    option.required ? `${name}:…` : `[${name}:…]`,
  );
  return [`/${path}`, ...options].join(' ');
}

/**
 * The sub-commands of a group, one line each: the answer to the bare name of a group, or to one that it does not have.
 *
 * @param unknown the word that is no sub-command; '' for none.
 */
export function groupOverview(prefix: string, { name, commands }: CommandGroup, unknown = ''): string {
  const lines = commands.map((command) => {
    return `\`${prefixUsage(prefix, `${name} ${command.name}`, command)}\` – ${command.description}`;
  });
  const group = `\`${prefix}${name}\``;
  const heading = unknown === '' ? `${group} needs a sub-command:` : `${group} has no ${quote(unknown)}. It has:`;
  return [heading, ...lines].join('\n');
}
