import type { Guild, GuildMember, User } from 'discord.js';
import { describeActor } from '../../framework/actor.js';
import type { FoundCommand } from '../../framework/command-registry.js';
import { defineManagerCommand } from '../../framework/guild-command.js';
import { userOption } from '../../framework/options.js';
import type { Authority, GuildPermissions, Verdict } from '../../framework/permission-policy.js';
import { UserError } from '../../framework/user-error.js';
import { findMember } from '../find-member.js';
import { findTarget, lastTargetOption } from './command-target.js';

/** `$permission check @alice mod ban`. */
export const checkCommand = defineManagerCommand({
  name: 'check',
  description: 'Shows the rank of a member, and whether they may run a command.',
  ephemeral: true,
  options: {
    user: userOption({ description: 'Whom to look at', required: true }),
    command: lastTargetOption('A command or a group', false),
  },
  async run(ctx, guild, { user, command }) {
    const { permissions, commands } = ctx.services;
    const target = command === undefined ? null : findTarget(commands, command);
    const actor = describeActor(user, guild, await requireMember(guild, user));
    const current = await permissions.describe(guild.id);
    const rank = await permissions.rankOf(actor);
    const standing = describeStanding(permissions.authorityOf(actor), rank, current);
    const judged = await Promise.all(
      (target?.commands ?? []).map(async (one) => describeVerdict(one, await permissions.judge(actor, one), current)),
    );
    await ctx.reply([`${user} ${standing}.`, ...judged].join('\n'));
  },
});

/** @throws UserError TUX_PERMISSION_NOT_MEMBER */
async function requireMember(guild: Guild, user: User): Promise<GuildMember> {
  const member = await findMember(guild, user.id);
  if (member !== null) return member;
  throw new UserError('TUX_PERMISSION_NOT_MEMBER', `${user} is not in this server.`);
}

function describeStanding(authority: Authority, rank: number, permissions: GuildPermissions): string {
  switch (authority) {
    case 'bot-owner':
      return 'owns this bot, and may do everything';
    case 'sysadmin':
      return 'helps to run this bot, and stands above all ranks';
    case 'guild-owner':
      return 'owns this server, and stands above all ranks';
    case null:
      return `has ${describeRank(rank, permissions)}`;
  }
}

function describeVerdict(found: FoundCommand, verdict: Verdict, permissions: GuildPermissions): string {
  return `${verdict.allowed ? '✅' : '❌'} \`${found.path}\`: ${reasonFor(found, verdict, permissions)}`;
}

function reasonFor({ command }: FoundCommand, verdict: Verdict, permissions: GuildPermissions): string {
  switch (verdict.rule) {
    case 'rank':
      return `takes ${describeRank(verdict.need, permissions)}`;
    case 'unconfigured':
      return `for nobody yet, as no rank is set for it (I propose ${command.rank})`;
    case 'owners-only':
      return 'for the owners of this bot only';
    case 'for-everybody':
      return 'takes no rank';
    case 'direct-message':
      return 'works in servers only';
    case 'bot-owner':
    case 'sysadmin':
    case 'guild-owner':
      return 'takes no rank of somebody who stands above all of them';
  }
}

function describeRank(rank: number, { nameByRank }: GuildPermissions): string {
  const name = nameByRank.get(rank);
  return `rank ${rank}${name === undefined ? '' : ` (${name})`}`;
}
