import type { FoundCommand } from '../../framework/command-registry.js';
import { defineManagerCommand } from '../../framework/guild-command.js';
import { once } from '../../framework/once.js';
import { type GuildPermissions, requiredRank } from '../../framework/permission-policy.js';
import { defaultRanks } from './default-ranks.js';

/** `$permission init`: names for the ranks, and a rank for each privileged command; changes nothing that is there. */
export const initCommand = defineManagerCommand({
  name: 'init',
  description: 'Sets up the default ranks, and what privileged commands take.',
  async run(ctx, guild) {
    const { permissions, commands } = ctx.services;
    const current = await permissions.describe(guild.id);
    const proposals = proposalsFor(commands.listRunnable(), current);
    const added = await permissions.change(guild.id, () =>
      once(ctx, async () => async (db) => ({
        names: await db.permissions.addRankNames(guild.id, defaultRanks),
        commands: await db.permissions.addRequirements(guild.id, proposals),
      })),
    );
    if (added === null) return; // never: nothing stands against it
    const fields = { event: 'permission:changed', change: 'init', ...added };
    ctx.log.info(fields, `✅ permissions set up: ${added.names} ranks named, ${added.commands} commands configured`);
    await ctx.reply(describeResult(added, current.rankByRole.size > 0));
  },
});

/** What `init` sets: the proposed rank of each privileged command for which neither it nor its group has one. */
function proposalsFor(commands: readonly FoundCommand[], current: GuildPermissions) {
  return commands.flatMap(({ path, command: { rank } }) => {
    return rank === null || requiredRank(path, current) !== null ? [] : [{ command: path, rank }];
  });
}

function describeResult({ names, commands }: { names: number; commands: number }, hasRoles: boolean): string {
  const done =
    names + commands === 0
      ? '✅ Everything was set up already.'
      : `✅ I named ${names} ranks and set the rank of ${commands} commands.`;
  const next = hasRoles ? [] : ['No role has a rank yet: `/permission role` gives it one.'];
  return [done, ...next, 'See `/permission show`.'].join('\n');
}
