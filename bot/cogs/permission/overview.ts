import type { FoundCommand } from '../../framework/command-registry.js';
import { type GuildPermissions, MAX_RANK, requiredRank } from '../../framework/permission-policy.js';

/** Keeps one rank with many roles from pushing the rest out of sight. */
const MAX_ROLES_SHOWN = 8;

/** What a guild has configured, as text for an embed. @param roleIds roles that exist; others are left out. */
export function describePermissions(
  permissions: GuildPermissions,
  commands: readonly FoundCommand[],
  roleIds: ReadonlySet<string>,
): string {
  const denied = commands.filter(
    ({ path, command }) => command.rank !== null && requiredRank(path, permissions) === null,
  );
  return [
    '**Ranks**',
    ...orElse(rankLines(permissions, roleIds), 'No rank has a name or a role yet. `/permission init` begins.'),
    '',
    '**Commands that take a rank**',
    ...orElse(commandLines(permissions), 'None.'),
    '',
    '**Denied until somebody sets a rank**',
    ...orElse(
      denied.map(({ path, command }) => `\`${path}\` (I propose ${command.rank})`),
      'None.',
    ),
  ].join('\n');
}

function rankLines({ nameByRank, rankByRole }: GuildPermissions, roleIds: ReadonlySet<string>): string[] {
  return allRanks().flatMap((rank) => {
    const roles = [...rankByRole].filter(([roleId, given]) => given === rank && roleIds.has(roleId));
    const name = nameByRank.get(rank);
    if (name === undefined && roles.length === 0) return [];
    const shown = roles.slice(0, MAX_ROLES_SHOWN).map(([roleId]) => `<@&${roleId}>`);
    const more = roles.length > shown.length ? [`and ${roles.length - shown.length} more`] : [];
    return [[`\`${rank}\``, ...(name === undefined ? [] : [name]), ...shown, ...more].join(' ')];
  });
}

function commandLines({ rankByCommand }: GuildPermissions): string[] {
  return allRanks().flatMap((rank) => {
    const names = [...rankByCommand].filter(([, needed]) => needed === rank).map(([name]) => `\`${name}\``);
    return names.length === 0 ? [] : [`\`${rank}\` ${names.join(', ')}`];
  });
}

function allRanks(): number[] {
  return Array.from({ length: MAX_RANK + 1 }, (_, rank) => rank);
}

function orElse(lines: readonly string[], otherwise: string): readonly string[] {
  return lines.length > 0 ? lines : [otherwise];
}
