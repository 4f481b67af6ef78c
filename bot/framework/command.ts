import { TuxError } from '../../shared/errors.js';
import type { CommandContext } from './command-context.js';
import type { ArgsOf, OptionMap } from './options.js';
import type { Precondition } from './precondition.js';

interface CommandBase {
  /** Lower case; the same in both forms. */
  readonly name: string;
  /** One sentence for help and for Discord's command list, at most 100 characters. */
  readonly description: string;
  /** Further names of the prefix form. */
  readonly aliases: readonly string[];
}

/** A pause between two uses of a command. */
export interface Cooldown {
  readonly ms: number;
  /** Who shares it. Owners of the bot never wait. */
  readonly per: 'user' | 'channel' | 'guild';
}

/** One command, for both forms. `run` is called by the dispatcher only, after preconditions and arguments are settled. */
export interface Command extends CommandBase {
  readonly kind: 'command';
  readonly options: OptionMap;
  readonly preconditions: readonly Precondition[];
  /** Slash answers are seen by the caller alone unless a reply says otherwise. A prefix answer is always public. */
  readonly ephemeral: boolean;
  /**
   * The rank (1 to 10) that `permission init` proposes. A command that has one is privileged: where the guild has not
   * configured it, it is denied. Null: for everybody, unless the guild configures it.
   */
  readonly rank: number | null;
  /** Only users named in TUX_OWNER_IDS; no guild can give it to anybody else. */
  readonly ownerOnly: boolean;
  /** How often it may be used; null: without limit. */
  readonly cooldown: Cooldown | null;
  run(ctx: CommandContext, args: ArgsOf<OptionMap>): Promise<void>;
}

/** Commands under one name: `admin restart`. */
export interface CommandGroup extends CommandBase {
  readonly kind: 'group';
  readonly commands: readonly Command[];
  /** The sub-command of the prefix form when the first word names none: `$remind 10m tea` = `$remind me 10m tea`. */
  readonly defaultCommand: string | undefined;
}

/** What Discord registers under one name. */
export type TopLevelCommand = Command | CommandGroup;

/** What {@link defineCommand} is given; what is left out has the default that {@link Command} names. */
export interface CommandSpec<O extends OptionMap> {
  readonly name: string;
  readonly description: string;
  readonly aliases?: readonly string[];
  readonly options?: O;
  readonly preconditions?: readonly Precondition[];
  readonly ephemeral?: boolean;
  readonly rank?: number;
  readonly ownerOnly?: boolean;
  readonly cooldown?: Cooldown;
  run(ctx: CommandContext, args: ArgsOf<O>): Promise<void>;
}

/** What {@link defineCommandGroup} is given. */
export interface CommandGroupSpec {
  readonly name: string;
  readonly description: string;
  readonly aliases?: readonly string[];
  readonly commands: readonly Command[];
  readonly defaultCommand?: string;
}

/** Discord's limits, checked here so that a mistake shows up when the cog is loaded and not when Discord refuses. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const MAX_DESCRIPTION_LENGTH = 100;
const MAX_OPTIONS = 25;

/**
 * Defines a command once for `$name …` and `/name …`. The arguments of `run` are typed from `options`.
 *
 * @throws TuxError TUX_COMMAND_DEFINITION when Discord would refuse the definition.
 */
export function defineCommand<O extends OptionMap = Record<never, never>>(spec: CommandSpec<O>): Command {
  checkBase(spec);
  checkOptions(spec.name, spec.options ?? {});
  return {
    kind: 'command',
    name: spec.name,
    description: spec.description,
    aliases: spec.aliases ?? [],
    options: spec.options ?? {},
    preconditions: spec.preconditions ?? [],
    ephemeral: spec.ephemeral ?? false,
    rank: spec.rank ?? null,
    ownerOnly: spec.ownerOnly ?? false,
    cooldown: spec.cooldown ?? null,
    // The dispatcher passes what parseArguments made from these very options, which is what ArgsOf<O> describes.
    run: (ctx, args) => spec.run(ctx, args as ArgsOf<O>),
  };
}

/**
 * Defines a command with sub-commands.
 *
 * @throws TuxError TUX_COMMAND_DEFINITION when Discord would refuse the definition.
 */
export function defineCommandGroup(spec: CommandGroupSpec): CommandGroup {
  checkBase(spec);
  const names = spec.commands.flatMap((command) => [command.name, ...command.aliases]);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw definitionError(spec.name, `has two sub-commands '${twice}'`);
  if (names.length === 0 || spec.commands.length > MAX_OPTIONS) {
    throw definitionError(spec.name, `has ${spec.commands.length} sub-commands, 1 to ${MAX_OPTIONS} are possible`);
  }
  if (spec.defaultCommand !== undefined && !names.includes(spec.defaultCommand)) {
    throw definitionError(spec.name, `has no sub-command '${spec.defaultCommand}' to be its default`);
  }
  const { name, description, commands, defaultCommand } = spec;
  return { kind: 'group', name, description, aliases: spec.aliases ?? [], commands, defaultCommand };
}

/** The commands that can be run under one name, with their full names. */
export function runnableIn(command: TopLevelCommand): { readonly path: string; readonly command: Command }[] {
  if (command.kind === 'command') return [{ path: command.name, command }];
  return command.commands.map((sub) => ({ path: `${command.name} ${sub.name}`, command: sub }));
}

function checkBase(spec: { name: string; description: string; aliases?: readonly string[] }): void {
  for (const name of [spec.name, ...(spec.aliases ?? [])]) {
    if (!NAME.test(name)) throw definitionError(spec.name, `has the name '${name}', which must match ${NAME}`);
  }
  checkDescription(spec.name, spec.description);
}

function checkOptions(command: string, options: OptionMap): void {
  const entries = Object.entries(options);
  if (entries.length > MAX_OPTIONS) throw definitionError(command, `has more than ${MAX_OPTIONS} options`);
  entries.forEach(([name, option], index) => {
    if (!NAME.test(name)) throw definitionError(command, `has an option '${name}', which must match ${NAME}`);
    checkDescription(`${command} ${name}`, option.description);
    if (option.rest && index < entries.length - 1) throw definitionError(command, `has options after '${name}'`);
    const previous = entries[index - 1];
    if (option.required && previous && !previous[1].required) {
      throw definitionError(command, `requires '${name}' after the optional '${previous[0]}'`);
    }
  });
}

function checkDescription(what: string, description: string): void {
  const { length } = description;
  if (length >= 1 && length <= MAX_DESCRIPTION_LENGTH) return;
  throw definitionError(what, `has a description of ${length} characters, 1 to ${MAX_DESCRIPTION_LENGTH} are possible`);
}

function definitionError(command: string, problem: string): TuxError {
  return new TuxError('TUX_COMMAND_DEFINITION', `Command '${command}' ${problem}`, {
    hint: 'correct the definition in its cog',
  });
}
