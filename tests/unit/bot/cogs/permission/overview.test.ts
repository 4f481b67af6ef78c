import { describe, expect, it } from 'vitest';
import { describePermissions } from '../../../../../bot/cogs/permission/overview.js';
import { defineCommand } from '../../../../../bot/framework/command.js';
import type { FoundCommand } from '../../../../../bot/framework/command-registry.js';

const found = (path: string, rank?: number): FoundCommand => ({
  path,
  cog: 'test',
  command: defineCommand({ name: 'x', description: 'Test.', run: async () => {}, ...(rank !== undefined && { rank }) }),
});
const commands = [found('mod ban', 4), found('mod warn', 2), found('ping'), found('purge', 2)];

describe('describePermissions', () => {
  it('shows ranks with their roles, commands by rank, and what is still denied', () => {
    const permissions = {
      nameByRank: new Map([
        [0, 'Member'],
        [3, 'Moderator'],
      ]),
      rankByRole: new Map([
        ['71', 3],
        ['72', 3],
        ['73', 8],
        ['gone', 9],
      ]),
      rankByCommand: new Map([
        ['mod', 3],
        ['mod ban', 4],
        ['ping', 3],
      ]),
    };
    expect(describePermissions(permissions, commands, new Set(['71', '72', '73'])).split('\n')).toEqual([
      '**Ranks**',
      '`0` Member',
      '`3` Moderator <@&71> <@&72>',
      '`8` <@&73>',
      '',
      '**Commands that take a rank**',
      '`3` `mod`, `ping`',
      '`4` `mod ban`',
      '',
      '**Denied until somebody sets a rank**',
      '`purge` (I propose 2)',
    ]);
  });

  it('says so where there is nothing', () => {
    const nothing = { nameByRank: new Map(), rankByRole: new Map(), rankByCommand: new Map() };
    const text = describePermissions(nothing, [found('ping')], new Set());
    expect(text).toContain('No rank has a name or a role yet.');
    expect(text.match(/^None\.$/gm)).toHaveLength(2);
  });

  it('does not let many roles of one rank fill the page', () => {
    const roleIds = Array.from({ length: 20 }, (_, index) => `role-${index}`);
    const rankByRole = new Map(roleIds.map((id) => [id, 5]));
    const text = describePermissions(
      { nameByRank: new Map(), rankByRole, rankByCommand: new Map() },
      [],
      new Set(roleIds),
    );
    expect(text).toContain('<@&role-7> and 12 more');
    expect(text).not.toContain('role-8');
  });
});
