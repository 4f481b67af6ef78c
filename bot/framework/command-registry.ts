import { TuxError } from '../../shared/errors.js';
import { type Command, type CommandGroup, runnableIn, type TopLevelCommand } from './command.js';

/** A command or a group, and where it comes from. */
export interface RegisteredCommand {
  readonly command: TopLevelCommand;
  /** The cog that brought it. */
  readonly cog: string;
}

/** A command that can be run, found by its name. */
export interface FoundCommand {
  readonly command: Command;
  readonly cog: string;
  /** Full name without prefix: `admin restart`. */
  readonly path: string;
}

/** What a prefix line calls for. */
export type FoundByLine =
  | (FoundCommand & { readonly rest: string })
  | { readonly group: CommandGroup; readonly unknown: string };

/** Every command of the loaded cogs, by name and alias. */
export class CommandRegistry {
  readonly #byName = new Map<string, RegisteredCommand>();

  /** @throws TuxError TUX_COMMAND_DUPLICATE when a name or alias is taken; then nothing was added. */
  add(cog: string, command: TopLevelCommand): void {
    const names = [command.name, ...command.aliases];
    for (const name of names) {
      const taken = this.#byName.get(name);
      if (taken === undefined) continue;
      throw new TuxError('TUX_COMMAND_DUPLICATE', `Command '${name}' of cog '${cog}' exists in cog '${taken.cog}'`, {
        hint: 'rename one of them',
      });
    }
    for (const name of names) this.#byName.set(name, { command, cog });
  }

  removeCog(cog: string): void {
    for (const [name, registered] of this.#byName) {
      if (registered.cog === cog) this.#byName.delete(name);
    }
  }

  /** Each command once, ordered by name. */
  list(): RegisteredCommand[] {
    const unique = new Map([...this.#byName.values()].map((registered) => [registered.command.name, registered]));
    return [...unique.values()].sort((a, b) => (a.command.name < b.command.name ? -1 : 1)); // names are ASCII
  }

  /** Each command that can be run, ordered by its full name. */
  listRunnable(): FoundCommand[] {
    const found = this.list().flatMap(({ command, cog }) => runnableIn(command).map((one) => ({ ...one, cog })));
    return found.sort((a, b) => a.path.localeCompare(b.path));
  }

  get(name: string): RegisteredCommand | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /**
   * The command of a prefix line (already without prefix) and what remains of the line for its arguments. A group without
   * the name of a sub-command, and without a default one, gives `group`, and the word in the place of that name (perhaps '').
   */
  findByLine(line: string): FoundByLine | null {
    const [name, rest] = splitFirstWord(line);
    const registered = this.get(name);
    if (registered === undefined) return null;
    const { command, cog } = registered;
    if (command.kind === 'command') return { command, cog, path: command.name, rest };
    const [subName, subRest] = splitFirstWord(rest);
    const named = findSub(command.commands, subName.toLowerCase());
    if (named) return { command: named, cog, path: `${command.name} ${named.name}`, rest: subRest };
    const fallback = rest === '' ? undefined : findSub(command.commands, command.defaultCommand ?? '');
    if (fallback) return { command: fallback, cog, path: `${command.name} ${fallback.name}`, rest };
    return { group: command, unknown: subName };
  }

  /** The command of a slash interaction. */
  findByPath(name: string, subcommand: string | null): FoundCommand | null {
    const registered = this.get(name);
    if (registered === undefined) return null;
    const { command, cog } = registered;
    if (command.kind === 'command') return subcommand === null ? { command, cog, path: name } : null;
    const sub = findSub(command.commands, subcommand ?? '');
    return sub ? { command: sub, cog, path: `${name} ${sub.name}` } : null;
  }
}

function findSub(commands: readonly Command[], name: string): Command | undefined {
  return commands.find((command) => command.name === name || command.aliases.includes(name));
}

function splitFirstWord(line: string): [word: string, rest: string] {
  const trimmed = line.trim();
  const end = trimmed.search(/\s/);
  return end === -1 ? [trimmed, ''] : [trimmed.slice(0, end), trimmed.slice(end).trim()];
}
