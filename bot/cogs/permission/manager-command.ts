import type { Guild } from 'discord.js';
import { type Command, type CommandSpec, defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import type { ArgsOf, OptionMap } from '../../framework/options.js';
import { type Refusal, refuse, requireGuildManager } from '../../framework/precondition.js';

interface ManagerCommandSpec<O extends OptionMap> extends Omit<CommandSpec<O>, 'preconditions' | 'run'> {
  run(ctx: CommandContext, guild: Guild, args: ArgsOf<O>): Promise<void>;
}

/** A command for those who manage the server; see `PermissionSystem` for who they are, and why. */
export function managerCommand<O extends OptionMap = Record<never, never>>(spec: ManagerCommandSpec<O>): Command {
  return defineCommand<O>({
    ...spec,
    preconditions: [requireGuildManager()],
    async run(ctx, args) {
      if (ctx.guild === null) return; // requireGuildManager() has seen to it
      await spec.run(ctx, ctx.guild, args);
    },
  });
}

/** Refuses a manager whose own rank is below `need`: nobody hands out, or opens to themselves, what is above them. */
export async function refuseBelow(need: number, { actor, services }: CommandContext): Promise<Refusal | null> {
  const have = await services.permissions.rankOf(actor);
  return have >= need ? null : refuse('permissions.ceiling', { need, have });
}
