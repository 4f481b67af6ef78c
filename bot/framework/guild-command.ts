import type { Guild } from 'discord.js';
import { type Command, type CommandSpec, defineCommand } from './command.js';
import type { CommandContext } from './command-context.js';
import type { ArgsOf, OptionMap } from './options.js';
import { guildOnly, type Precondition, requireGuildManager } from './precondition.js';

/** A command that is given the guild in which it is used. */
export interface GuildCommandSpec<O extends OptionMap> extends Omit<CommandSpec<O>, 'preconditions' | 'run'> {
  run(ctx: CommandContext, guild: Guild, args: ArgsOf<O>): Promise<void>;
}

/** Defines a command for servers only. @throws TuxError as {@link defineCommand}. */
export function defineGuildCommand<O extends OptionMap = Record<never, never>>(spec: GuildCommandSpec<O>): Command {
  return inGuild(spec, guildOnly());
}

/**
 * Defines a command for those who manage the server; see `PermissionSystem` for who they are, and why.
 *
 * @throws TuxError as {@link defineCommand}.
 */
export function defineManagerCommand<O extends OptionMap = Record<never, never>>(spec: GuildCommandSpec<O>): Command {
  return inGuild(spec, requireGuildManager());
}

/** @param condition refuses where there is no guild. */
function inGuild<O extends OptionMap>(spec: GuildCommandSpec<O>, condition: Precondition): Command {
  return defineCommand<O>({
    ...spec,
    preconditions: [condition],
    async run(ctx, args) {
      if (ctx.guild !== null) await spec.run(ctx, ctx.guild, args);
    },
  });
}
