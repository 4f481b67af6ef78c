import { describe, expect, it } from 'vitest';
import {
  type Authority,
  type GuardedCommand,
  type GuildPermissions,
  judgeByAuthority,
  judgeByRank,
  judgeInDirectMessage,
  rankOf,
  rankToChange,
  requiredRank,
} from '../../../../bot/framework/permission-policy.js';

const guild: GuildPermissions = {
  rankByRole: new Map([
    ['trusted', 1],
    ['moderator', 3],
    ['council', 10],
  ]),
  rankByCommand: new Map([
    ['mod', 3],
    ['mod ban', 4],
    ['purge', 2],
    ['everybody', 0],
  ]),
  nameByRank: new Map([[3, 'Moderator']]),
};

function guarded(path: string, rank: number | null = null, ownerOnly = false): GuardedCommand {
  return { path, command: { rank, ownerOnly } };
}

describe('rankOf', () => {
  it.each<[readonly string[], number]>([
    [[], 0],
    [['unknown'], 0],
    [['trusted'], 1],
    [['trusted', 'council', 'moderator'], 10],
  ])('the roles %j give rank %i', (roleIds, rank) => {
    expect(rankOf(roleIds, guild)).toBe(rank);
  });
});

describe('requiredRank', () => {
  it.each<[string, number | null]>([
    ['purge', 2],
    ['everybody', 0],
    ['mod ban', 4],
    ['mod warn', 3],
    ['mod', 3],
    ['modify', null],
    ['snippet show', null],
  ])('%s takes %s', (path, rank) => {
    expect(requiredRank(path, guild)).toBe(rank);
  });
});

describe('judgeByAuthority', () => {
  it.each<[Authority, boolean, object | null]>([
    ['bot-owner', true, { allowed: true, rule: 'bot-owner' }],
    ['sysadmin', true, { allowed: false, rule: 'owners-only' }],
    ['guild-owner', true, { allowed: false, rule: 'owners-only' }],
    [null, true, { allowed: false, rule: 'owners-only' }],
    ['bot-owner', false, { allowed: true, rule: 'bot-owner' }],
    ['sysadmin', false, { allowed: true, rule: 'sysadmin' }],
    ['guild-owner', false, { allowed: true, rule: 'guild-owner' }],
    [null, false, null],
  ])('%s, with a command for owners only: %s', (authority, ownerOnly, verdict) => {
    expect(judgeByAuthority(authority, guarded('mod ban', 4, ownerOnly))).toEqual(verdict);
  });
});

describe('judgeInDirectMessage', () => {
  it('knows no ranks, and so no privileged commands', () => {
    expect(judgeInDirectMessage(guarded('ping'))).toEqual({ allowed: true, rule: 'for-everybody' });
    expect(judgeInDirectMessage(guarded('mod ban', 4))).toEqual({ allowed: false, rule: 'direct-message' });
  });
});

describe('judgeByRank', () => {
  it.each<[string, readonly string[], GuardedCommand, object]>([
    ['a plain command is for everybody', [], guarded('ping'), { allowed: true, rule: 'for-everybody' }],
    ['a privileged one is for nobody yet', ['council'], guarded('kick', 3), { allowed: false, rule: 'unconfigured' }],
    [
      'a configured one takes its rank',
      ['moderator'],
      guarded('mod ban', 1),
      { allowed: false, rule: 'rank', need: 4, needName: null, have: 3 },
    ],
    [
      'a sub-command falls back to its group',
      ['moderator'],
      guarded('mod warn', 9),
      { allowed: true, rule: 'rank', need: 3, needName: 'Moderator', have: 3 },
    ],
    [
      'a plain one that is configured takes its rank as well',
      ['trusted'],
      guarded('purge'),
      { allowed: false, rule: 'rank', need: 2, needName: null, have: 1 },
    ],
    [
      'rank 0 is everybody',
      [],
      guarded('everybody', 5),
      { allowed: true, rule: 'rank', need: 0, needName: null, have: 0 },
    ],
  ])('%s', (_title, roleIds, command, verdict) => {
    expect(judgeByRank(roleIds, command, guild)).toEqual(verdict);
  });
});

describe('rankToChange', () => {
  const mod = [guarded('mod ban', 9), guarded('mod warn', 2)];

  it.each<[string, readonly GuardedCommand[], number]>([
    ['kick', [guarded('kick', 3)], 3], // not configured: who may not have it may not open it
    ['ping', [guarded('ping')], 0],
    ['mod ban', [guarded('mod ban', 9)], 4], // what it takes today, not what it proposes
    ['mod', mod, 3], // `mod ban` has its own rank, which the group's does not touch
    ['role', [guarded('role add', 5), guarded('role list')], 5],
  ])('%s can be changed by rank %3$i and above', (name, commands, rank) => {
    expect(rankToChange(name, commands, guild)).toBe(rank);
  });
});
