import type { CommandRegistry, FoundCommand } from '../../framework/command-registry.js';
import { type Suggest, textOption } from '../../framework/options.js';
import { UserError } from '../../framework/user-error.js';
import { similarNames } from './similar-names.js';

/** What a name in the configuration stands for: one command (`mod ban`), or all those of a group (`mod`). */
export interface CommandTarget {
  readonly name: string;
  readonly commands: readonly FoundCommand[];
}

const MAX_NAME_LENGTH = 100;

const suggestTargets: Suggest = ({ services, typed }) => {
  const wanted = normalize(typed);
  const names = targetNames(services.commands, ({ command }) => !command.ownerOnly);
  const containing = names.filter((name) => name.includes(wanted));
  return containing.sort((a, b) => Number(b.startsWith(wanted)) - Number(a.startsWith(wanted)));
};

/** The name of a command or group. In a prefix command it may be two words without quotes when a number follows. */
export function targetOption(description: string) {
  const option = textOption({ description, required: true, maxLength: MAX_NAME_LENGTH, suggest: suggestTargets });
  return { ...option, countWords: countWordsOfName };
}

/** The same as the last option. */
export function lastTargetOption<const R extends boolean>(description: string, required: R) {
  return textOption({ description, required, rest: true, maxLength: MAX_NAME_LENGTH, suggest: suggestTargets });
}

/**
 * Finds what was typed: `mod ban`, `/mod ban`, `mod`, or just `ban` when only one group has that.
 *
 * @throws UserError TUX_PERMISSION_COMMAND when there is no such command, or more than one.
 */
export function findTarget(commands: CommandRegistry, typed: string): CommandTarget {
  const name = normalize(typed);
  const found = commands.findByLine(name);
  if (found && 'group' in found && !name.includes(' ')) return targetOfGroup(commands, found.group.name);
  if (found && 'path' in found && found.rest === '') return { name: found.path, commands: [found] };
  const [sub, ...others] = commands.listRunnable().filter((runnable) => isSubcommand(runnable, name));
  if (sub === undefined) throw unknownCommand(commands, name);
  if (others.length === 0) return { name: sub.path, commands: [sub] };
  const paths = [sub, ...others].map(({ path }) => `\`${path}\``).join(', ');
  throw new UserError('TUX_PERMISSION_COMMAND', `There is more than one \`${sub.command.name}\`: ${paths}.`, {
    hint: 'Say which one, with the name of its group.',
  });
}

function targetOfGroup(commands: CommandRegistry, group: string): CommandTarget {
  return { name: group, commands: commands.listRunnable().filter(({ path }) => path.startsWith(`${group} `)) };
}

function isSubcommand({ path, command }: FoundCommand, name: string): boolean {
  return path !== command.name && [command.name, ...command.aliases].includes(name);
}

function unknownCommand(commands: CommandRegistry, name: string): UserError {
  const similar = similarNames(
    name,
    targetNames(commands, () => true),
  );
  const hint =
    similar.length > 0
      ? `Did you mean ${similar.map((one) => `\`${one}\``).join(', ')}?`
      : 'See `help` for all of them.';
  return new UserError('TUX_PERMISSION_COMMAND', `There is no command \`${name.replaceAll('`', "'")}\`.`, { hint });
}

/** Full names of commands, and before those of a group the name of the group. */
function targetNames(commands: CommandRegistry, isWanted: (command: FoundCommand) => boolean): string[] {
  const paths = commands
    .listRunnable()
    .filter(isWanted)
    .map(({ path }) => path);
  return [...new Set(paths.flatMap((path) => [path.split(' ')[0] ?? path, path]))];
}

/** As people write it: with the prefix or a slash, in capitals, with more than one space. */
function normalize(typed: string): string {
  return typed
    .trim()
    .toLowerCase()
    .replace(/^[^a-z0-9]+/, '')
    .replaceAll(/\s+/g, ' ');
}

function countWordsOfName(words: readonly string[]): number {
  return words.findIndex((word) => /^\d+$/.test(word));
}
