import type { APIApplicationCommand } from 'discord-api-types/v10';
import { unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import type { World } from './world.js';

/** A command as the bot sends it: everything but what Discord assigns. */
export type CommandDefinition = Omit<
  APIApplicationCommand,
  'id' | 'application_id' | 'version' | 'guild_id' | 'default_member_permissions'
> & { default_member_permissions?: string | null | undefined };

/** The application commands, global (`guildId` null) and per guild. */
export class Commands {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  list(guildId: string | null): APIApplicationCommand[] {
    return this.#world.state.commands.filter((command) => (command.guild_id ?? null) === guildId);
  }

  /** @throws DiscordError 10063 */
  get(guildId: string | null, id: string): APIApplicationCommand {
    const command = this.list(guildId).find((candidate) => candidate.id === id);
    if (!command) throw unknown.command();
    return command;
  }

  /** What a person in `guildId` can call: the guild's own commands hide global ones of the same name. */
  visibleIn(guildId: string | null): APIApplicationCommand[] {
    const own = guildId === null ? [] : this.list(guildId);
    const names = new Set(own.map((command) => command.name));
    return [...own, ...this.list(null).filter((command) => !names.has(command.name))];
  }

  /** Replaces all commands of a scope. A command that keeps its name and type keeps its id. */
  replaceAll(guildId: string | null, definitions: readonly CommandDefinition[]): APIApplicationCommand[] {
    const commands = definitions.map((definition) => this.#build(guildId, definition));
    const { state } = this.#world;
    state.commands = [...state.commands.filter((command) => (command.guild_id ?? null) !== guildId), ...commands];
    this.#world.changed();
    return commands;
  }

  /** Adds a command, or replaces the one of the same name and type. */
  upsert(guildId: string | null, definition: CommandDefinition): APIApplicationCommand {
    const command = this.#build(guildId, definition);
    const { state } = this.#world;
    state.commands = [...state.commands.filter((other) => other.id !== command.id), command];
    this.#world.changed();
    return command;
  }

  edit(guildId: string | null, id: string, change: Partial<CommandDefinition>): APIApplicationCommand {
    const command = Object.assign(this.get(guildId, id), change, { version: this.#world.snowflakes.next() });
    this.#world.changed();
    return command;
  }

  delete(guildId: string | null, id: string): void {
    const command = this.get(guildId, id);
    const { state } = this.#world;
    state.commands = state.commands.filter((other) => other !== command);
    this.#world.changed();
  }

  #build(guildId: string | null, definition: CommandDefinition): APIApplicationCommand {
    const known = this.list(guildId).find(({ name, type }) => name === definition.name && type === definition.type);
    return {
      ...definition,
      id: known?.id ?? this.#world.snowflakes.next(),
      application_id: SANDBOX_IDS.application,
      version: this.#world.snowflakes.next(),
      default_member_permissions: definition.default_member_permissions ?? null,
      ...(guildId !== null && { guild_id: guildId }),
    };
  }
}
