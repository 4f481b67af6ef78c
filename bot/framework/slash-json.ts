import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import type { Command, TopLevelCommand } from './command.js';
import type { OptionMap } from './options.js';

/** What Discord registers for a command: the body of one entry of `PUT /applications/:id/commands`. */
export type SlashCommandJson = RESTPostAPIChatInputApplicationCommandsJSONBody;

/** The slash form of a command or a group. */
export function toSlashJson(command: TopLevelCommand): SlashCommandJson {
  const { name, description } = command;
  const options = command.kind === 'group' ? command.commands.map(subcommand) : optionsJson(command.options);
  return { type: ApplicationCommandType.ChatInput, name, description, options };
}

function subcommand(command: Command): APIApplicationCommandSubcommandOption {
  const { name, description } = command;
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name,
    description,
    options: optionsJson(command.options),
  };
}

function optionsJson(options: OptionMap): APIApplicationCommandBasicOption[] {
  return Object.entries(options).map(
    ([name, { description, required, slash }]) =>
      // `slash` is one member of the union that the API defines, less the three fields that are added here.
      ({ ...slash, name, description, required }) as APIApplicationCommandBasicOption,
  );
}
