import {
  type APIApplicationCommand,
  type APIApplicationCommandOption,
  ApplicationCommandType,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import { actorError } from './actor-error.js';
import { type FilledOption, fillOptions, type OptionPlace, type Resolved } from './command-options.js';

/** `data` of the INTERACTION_CREATE of a slash command. */
export interface CommandData {
  readonly id: string;
  readonly name: string;
  readonly type: ApplicationCommandType;
  readonly guild_id?: string;
  readonly options: readonly FilledOption[];
  readonly resolved: Resolved;
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
  const [name = '', ...rest] = path;
  const commands = place.world.commands
    .visibleIn(place.channel.guildId)
    .filter((command) => command.type === ApplicationCommandType.ChatInput);
  const command = commands.find((candidate) => candidate.name === name.replace(/^\//, ''));
  if (!command) throw actorError(`There is no command /${name}`, listed(commands, 'no command is registered'));
  const { options, resolved } = descend(place, command, command.options ?? [], rest, given);
  return {
    id: command.id,
    name: command.name,
    type: command.type,
    ...(command.guild_id !== undefined && { guild_id: command.guild_id }),
    options,
    resolved,
  };
}

function descend(
  place: OptionPlace,
  command: Pick<APIApplicationCommand, 'name'>,
  declared: readonly APIApplicationCommandOption[],
  path: readonly string[],
  given: Readonly<Record<string, string>>,
): { options: FilledOption[]; resolved: Resolved } {
  const branches = declared.filter(isBranch);
  const [next, ...rest] = path;
  if (branches.length === 0) {
    if (next !== undefined)
      throw actorError(`/${command.name} has no subcommand '${next}'`, 'write options as name=value');
    return fillOptions(place, declared, given);
  }
  const branch = branches.find((candidate) => candidate.name === next);
  if (!branch) {
    const problem = next === undefined ? 'needs a subcommand' : `has no subcommand '${next}'`;
    throw actorError(`/${command.name} ${problem}`, listed(branches, ''));
  }
  const nested = descend(place, { name: `${command.name} ${branch.name}` }, branch.options ?? [], rest, given);
  return { options: [{ name: branch.name, type: branch.type, options: nested.options }], resolved: nested.resolved };
}

type Branch = Extract<APIApplicationCommandOption, { type: OptionType.Subcommand | OptionType.SubcommandGroup }>;

function isBranch(option: APIApplicationCommandOption): option is Branch {
  return option.type === OptionType.Subcommand || option.type === OptionType.SubcommandGroup;
}

function listed(things: readonly { readonly name: string }[], otherwise: string): string {
  return things.length > 0 ? `use ${things.map((thing) => thing.name).join(', ')}` : otherwise;
}
