import {
  type APIApplicationCommand,
  type APIApplicationCommandOption,
  ApplicationCommandType,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import { actorError } from './actor-error.js';
import { type FilledOption, fillOptions, type OptionPlace, type Resolved } from './command-options.js';

/** `data` of the INTERACTION_CREATE of an autocompletion: the command as far as it is typed. */
export interface PartialCommandData {
  readonly id: string;
  readonly name: string;
  readonly type: ApplicationCommandType;
  readonly guild_id?: string;
  readonly options: readonly FilledOption[];
}

/** `data` of the INTERACTION_CREATE of a slash command. */
export interface CommandData extends PartialCommandData {
  readonly resolved: Resolved;
}

/** The option in which somebody is typing. */
export interface Focus {
  readonly option: string;
  readonly typed: string;
}

/**
 * Finds `/admin restart` among the registered commands and fills in its options.
 *
 * @throws TuxError TUX_SANDBOX_ACTOR that names what there is instead.
 */
export function commandData(
  place: OptionPlace,
  path: readonly string[],
  given: Readonly<Record<string, string>>,
): CommandData {
  const { command, branches, declared } = findCommand(place, path);
  const { options, resolved } = fillOptions(place, declared, given);
  return { ...headOf(command), options: nest(branches, options), resolved };
}

/**
 * What Discord sends while somebody types in an option: the other options need not be there yet.
 *
 * @throws TuxError TUX_SANDBOX_ACTOR also for an option that asks for no suggestions.
 */
export function partialCommandData(
  place: OptionPlace,
  path: readonly string[],
  given: Readonly<Record<string, string>>,
  { option, typed }: Focus,
): PartialCommandData {
  const { command, branches, declared } = findCommand(place, path);
  const focused = declared.find((candidate) => candidate.name === option);
  if (!focused) throw actorError(`There is no option '${option}'`, listed(declared, 'it takes none'));
  if ((focused as { autocomplete?: boolean }).autocomplete !== true) {
    throw actorError(`Option '${option}' has no suggestions`, 'the bot registered it without `autocomplete`');
  }
  const others = declared.filter((candidate) => candidate !== focused).map((each) => ({ ...each, required: false }));
  const filled = fillOptions(place, others as APIApplicationCommandOption[], given).options;
  const options = declared.flatMap(({ name, type }) =>
    name === option ? [{ name, type, value: typed, focused: true }] : filled.filter((each) => each.name === name),
  );
  return { ...headOf(command), options: nest(branches, options) };
}

interface FoundCommand {
  readonly command: APIApplicationCommand;
  /** Subcommand group and subcommand on the way to it. */
  readonly branches: readonly Branch[];
  readonly declared: readonly APIApplicationCommandOption[];
}

function findCommand(place: OptionPlace, path: readonly string[]): FoundCommand {
  const [name = '', ...rest] = path;
  const commands = place.world.commands
    .visibleIn(place.channel.guildId)
    .filter((command) => command.type === ApplicationCommandType.ChatInput);
  const command = commands.find((candidate) => candidate.name === name.replace(/^\//, ''));
  if (!command) throw actorError(`There is no command /${name}`, listed(commands, 'no command is registered'));
  return { command, ...descend(command.name, command.options ?? [], rest) };
}

function headOf({ id, name, type, guild_id }: APIApplicationCommand): Omit<PartialCommandData, 'options'> {
  return { id, name, type, ...(guild_id !== undefined && { guild_id }) };
}

function nest(branches: readonly Branch[], options: readonly FilledOption[]): readonly FilledOption[] {
  return branches.reduceRight((inner, { name, type }) => [{ name, type, options: inner }], options);
}

function descend(
  command: string,
  declared: readonly APIApplicationCommandOption[],
  path: readonly string[],
): Omit<FoundCommand, 'command'> {
  const branches = declared.filter(isBranch);
  const [next, ...rest] = path;
  if (branches.length === 0) {
    if (next !== undefined) throw actorError(`/${command} has no subcommand '${next}'`, 'write options as name=value');
    return { branches: [], declared };
  }
  const branch = branches.find((candidate) => candidate.name === next);
  if (!branch) {
    const problem = next === undefined ? 'needs a subcommand' : `has no subcommand '${next}'`;
    throw actorError(`/${command} ${problem}`, listed(branches, ''));
  }
  const nested = descend(`${command} ${branch.name}`, branch.options ?? [], rest);
  return { branches: [branch, ...nested.branches], declared: nested.declared };
}

type Branch = Extract<APIApplicationCommandOption, { type: OptionType.Subcommand | OptionType.SubcommandGroup }>;

function isBranch(option: APIApplicationCommandOption): option is Branch {
  return option.type === OptionType.Subcommand || option.type === OptionType.SubcommandGroup;
}

function listed(things: readonly { readonly name: string }[], otherwise: string): string {
  return things.length > 0 ? `use ${things.map((thing) => thing.name).join(', ')}` : otherwise;
}
