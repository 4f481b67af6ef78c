import type { Command } from './command.js';

/** What a guild has configured. */
export interface GuildPermissions {
  readonly rankByRole: ReadonlyMap<string, number>;
  /** By the full name of a command, `mod ban`, or the name of a group: `mod`. */
  readonly rankByCommand: ReadonlyMap<string, number>;
  /** Ranks that have a name. */
  readonly nameByRank: ReadonlyMap<number, string>;
}

/** What the rules look at of a command. `path` is its full name: `mod ban`. */
export interface GuardedCommand {
  readonly path: string;
  readonly command: Pick<Command, 'rank' | 'ownerOnly'>;
}

/** Ranks go from 0, which everybody has, to this one. */
export const MAX_RANK = 10;

/**
 * Who stands above all ranks, and why: an owner of the bot (TUX_OWNER_IDS), one of its system administrators
 * (TUX_SYSADMIN_IDS), or the owner of the guild. Null: whose ranks come from roles.
 */
export type Authority = 'bot-owner' | 'sysadmin' | 'guild-owner' | null;

interface RankComparison {
  readonly need: number;
  /** What the guild calls the rank that is needed. */
  readonly needName: string | null;
  readonly have: number;
}

/** Why somebody may not run a command. */
export type Denial =
  | { readonly allowed: false; readonly rule: 'owners-only' | 'direct-message' | 'unconfigured' }
  | ({ readonly allowed: false; readonly rule: 'rank' } & RankComparison);

/** Whether somebody may run a command, and the rule that says so. */
export type Verdict =
  | { readonly allowed: true; readonly rule: NonNullable<Authority> | 'for-everybody' }
  | ({ readonly allowed: true; readonly rule: 'rank' } & RankComparison)
  | Denial;

/** The highest rank among the roles; 0 for somebody without a ranked role. */
export function rankOf(roleIds: readonly string[], { rankByRole }: GuildPermissions): number {
  return Math.max(0, ...roleIds.map((roleId) => rankByRole.get(roleId) ?? 0));
}

/** The rank a command takes; a sub-command without its own falls back to its group. Null: not configured. */
export function requiredRank(path: string, { rankByCommand }: GuildPermissions): number | null {
  return rankByCommand.get(path) ?? rankByCommand.get(path.split(' ')[0] ?? path) ?? null;
}

/** The part of the rules that goes by who somebody is. Null: it settles nothing. */
export function judgeByAuthority(authority: Authority, { command }: GuardedCommand): Verdict | null {
  if (command.ownerOnly && authority !== 'bot-owner') return { allowed: false, rule: 'owners-only' };
  return authority === null ? null : { allowed: true, rule: authority };
}

/** The rules where there are no ranks. */
export function judgeInDirectMessage({ command }: GuardedCommand): Verdict {
  return command.rank === null ? { allowed: true, rule: 'for-everybody' } : { allowed: false, rule: 'direct-message' };
}

/** The rules for somebody whose rank comes from roles. A privileged command that nobody configured is for nobody yet. */
export function judgeByRank(
  roleIds: readonly string[],
  { path, command }: GuardedCommand,
  permissions: GuildPermissions,
): Verdict {
  const need = requiredRank(path, permissions);
  if (need === null) {
    return command.rank === null ? { allowed: true, rule: 'for-everybody' } : { allowed: false, rule: 'unconfigured' };
  }
  const have = rankOf(roleIds, permissions);
  return { allowed: have >= need, rule: 'rank', need, needName: permissions.nameByRank.get(need) ?? null, have };
}

/**
 * The rank that somebody must have to change what a name in the configuration asks for: the highest that any of the
 * commands under it asks for today, or proposes where nothing is configured. So nobody can open a command for themselves.
 *
 * @param commands those that the name covers: one command, or those of a group.
 */
export function rankToChange(name: string, commands: readonly GuardedCommand[], permissions: GuildPermissions): number {
  const covered = commands.filter(({ path }) => path === name || !permissions.rankByCommand.has(path));
  const ranks = covered.map(({ path, command }) => requiredRank(path, permissions) ?? command.rank ?? 0);
  return Math.max(0, permissions.rankByCommand.get(name) ?? 0, ...ranks);
}
