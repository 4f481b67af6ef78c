import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { type ActFacts, missingPermission, obstacleTo, type Standing } from '../../../../bot/framework/hierarchy.js';

const { Administrator, BanMembers, KickMembers, ManageRoles, ModerateMembers } = PermissionFlagsBits;

/** Roles of a higher position stand higher; `id` decides within one position. */
const somebody = (userId: string, position: number, permissions = 0n, roleId = `9${userId}`): Standing => ({
  userId,
  highestRole: { id: roleId, name: `role ${position}`, position },
  permissions,
});

const facts: ActFacts = {
  verb: 'ban',
  guildOwnerId: '1',
  moderator: somebody('2', 5),
  bot: somebody('3', 7, BanMembers | ModerateMembers),
  targetId: '4',
  target: somebody('4', 1),
  needsMember: false,
  permission: BanMembers,
};

describe('an act of moderation', () => {
  it.each<[string, Partial<ActFacts>, string | null]>([
    ['on somebody below both', {}, null],
    ['on oneself', { targetId: '2' }, 'hierarchy.self'],
    ['on the bot', { targetId: '3' }, 'hierarchy.bot'],
    ['on the owner', { targetId: '1' }, 'hierarchy.guild-owner'],
    ['of the owner on themselves', { moderator: somebody('1', 0), targetId: '1' }, 'hierarchy.self'],
    ['on somebody who is not there', { target: null }, null],
    [
      'that takes a member, on somebody who is not there',
      { target: null, needsMember: true },
      'hierarchy.not-a-member',
    ],
    ['on somebody above the moderator', { target: somebody('4', 6) }, 'hierarchy.above-you'],
    ['on somebody with the same role', { target: somebody('4', 5, 0n, '92') }, 'hierarchy.above-you'],
    ['on a younger role of the same position', { target: somebody('4', 5, 0n, '93') }, null],
    ['on an older role of the same position', { target: somebody('4', 5, 0n, '91') }, 'hierarchy.above-you'],
    ['of the owner, who has no role', { moderator: somebody('1', 0), target: somebody('4', 6) }, null],
    [
      'of the owner on somebody above the bot',
      { moderator: somebody('1', 0), target: somebody('4', 8) },
      'hierarchy.above-me',
    ],
    ['without the permission', { bot: somebody('3', 7, KickMembers) }, 'hierarchy.permission'],
    ['without the permission on nobody', { bot: somebody('3', 7), target: null }, 'hierarchy.permission'],
    ['of a bot that is an administrator', { bot: somebody('3', 7, Administrator) }, null],
    ['between people, above the bot', { permission: null, bot: somebody('3', 0) }, null],
    [
      'that silences an administrator',
      { permission: ModerateMembers, target: somebody('4', 1, Administrator) },
      'hierarchy.administrator',
    ],
    ['that bans an administrator', { target: somebody('4', 1, Administrator) }, null],
  ])('%s', (_, change, expected) => {
    expect(obstacleTo({ ...facts, ...change })?.id ?? null).toBe(expected);
  });

  it('is refused with the very thing that is in the way', () => {
    expect(obstacleTo({ ...facts, target: somebody('4', 6) })?.message).toBe(
      'You cannot ban them: their highest role, **role 6**, is not below yours, **role 5**.',
    );
    const byOwner = { moderator: somebody('1', 0), target: somebody('4', 8) };
    expect(obstacleTo({ ...facts, ...byOwner })?.message).toContain('**role 8**, is not below mine, **role 7**');
  });
});

describe('a missing permission', () => {
  it.each([
    [0n, BanMembers, '**Ban Members**'],
    [0n, ModerateMembers, '**Timeout Members**'],
    [BanMembers, ManageRoles | KickMembers, '**Kick Members, Manage Roles**'],
  ])('is named as in the settings of Discord', (held, needed, name) => {
    expect(missingPermission(held, needed)?.message).toContain(name);
  });

  it('is none for who has it, or is an administrator', () => {
    expect(missingPermission(BanMembers, BanMembers)).toBeNull();
    expect(missingPermission(Administrator, BanMembers)).toBeNull();
  });
});
