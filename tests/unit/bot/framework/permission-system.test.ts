import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../bot/framework/actor.js';
import type { GuardedCommand } from '../../../../bot/framework/permission-policy.js';
import {
  createPermissionService,
  type PermissionStore,
  PermissionSystem,
} from '../../../../bot/framework/permission-system.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { OWNER_ID, recordingLogger } from '../../../support/framework-fakes.js';

const HOUR_MS = 3_600_000;
const alice: Actor = { userId: 'alice', guildId: '1', roleIds: ['low'], isGuildOwner: false, canManageGuild: false };

function guarded(path: string, rank: number | null = null, ownerOnly = false): GuardedCommand {
  return { path, command: { rank, ownerOnly } };
}
const ping = guarded('ping');
const ban = guarded('mod ban', 5);

/** Roles `low` (1) and `high` (5); `mod` takes 5, `mod warn` 1. Set `failure` to make every read fail. */
function build(ownerIds: readonly string[] = [OWNER_ID]) {
  const world = { reads: 0, failure: null as Error | null, rankOfLow: 1 };
  const store: PermissionStore = {
    listRanks: async () => {
      world.reads += 1;
      if (world.failure) throw world.failure;
      return [
        { roleId: 'low', rank: world.rankOfLow },
        { roleId: 'high', rank: 5 },
      ];
    },
    listRequirements: async () => [
      { command: 'mod', rank: 5 },
      { command: 'mod warn', rank: 1 },
    ],
    listRankNames: async () => [{ rank: 5, name: 'Administrator' }],
  };
  const clock = new FakeClock();
  const { log, records, events } = recordingLogger();
  const database = { permissions: store };
  const permissions = new PermissionSystem({ database, ownerIds, sysadminIds: ['sysadmin'], clock, log });
  return Object.assign(world, { permissions, clock, records, events });
}

describe('PermissionSystem', () => {
  it.each<[string, Partial<Actor>, GuardedCommand, string | null]>([
    ['lets everybody run what is not configured', {}, ping, null],
    ['refuses who has too low a rank', {}, ban, 'Sorry, that takes rank 5 (Administrator) here, and yours is 1.'],
    ['lets who has the rank pass', { roleIds: ['low', 'high'] }, ban, null],
    ['prefers the requirement of the sub-command to that of its group', {}, guarded('mod warn', 5), null],
    [
      'says what to do about a privileged command that is not configured',
      { roleIds: ['high'], canManageGuild: true },
      guarded('purge', 2),
      'Nobody here has been given `purge` yet. Please ask a manager of this server to run `/permission init`, ' +
        'or `/permission command` with command `purge` and e.g. rank 2.',
    ],
    ['lets the owner of the guild pass', { isGuildOwner: true }, ban, null],
    ['lets an owner of the bot pass', { userId: OWNER_ID }, guarded('admin shutdown', null, true), null],
    ['lets a system administrator pass', { userId: 'sysadmin' }, guarded('purge', 2), null],
    [
      'keeps a system administrator from what is for owners only',
      { userId: 'sysadmin' },
      guarded('admin shutdown', null, true),
      'Sorry, only the owners of this bot can do that.',
    ],
    [
      'keeps the owner of a guild from what is for owners of the bot only',
      { isGuildOwner: true },
      guarded('admin shutdown', null, true),
      'Sorry, only the owners of this bot can do that.',
    ],
    ['asks for no rank in direct messages', { guildId: null, roleIds: [] }, guarded('mod warn'), null],
    [
      'refuses a privileged command in direct messages',
      { guildId: null, roleIds: [] },
      ban,
      'That works only in a server, not in direct messages.',
    ],
  ])('%s', async (_title, change, command, text) => {
    const refusal = await build().permissions.check({ ...alice, ...change }, command);
    expect(refusal?.message ?? null).toBe(text);
  });

  it('knows the rank of somebody', async () => {
    const { permissions } = build();
    expect(await permissions.rankOf(alice)).toBe(1);
    expect(await permissions.rankOf({ ...alice, roleIds: [] })).toBe(0);
    expect(await permissions.rankOf({ ...alice, guildId: null })).toBe(0);
    for (const change of [{ isGuildOwner: true }, { userId: 'sysadmin' }, { userId: OWNER_ID }]) {
      expect(await permissions.rankOf({ ...alice, ...change })).toBe(10);
    }
  });

  it('reads a guild once in two hours, and again after each change or when told to forget it', async () => {
    const world = build();
    const { permissions } = world;
    await Promise.all([permissions.check(alice, ping), permissions.check(alice, ping)]);
    await world.clock.advance(2 * HOUR_MS - 1);
    expect(await permissions.check(alice, ban)).not.toBeNull();
    expect(world.reads).toBe(1);
    await world.clock.advance(1);
    await permissions.check(alice, ping);
    expect(world.reads).toBe(2);
    expect(await permissions.change('1', async () => (world.rankOfLow = 5))).toBe(5);
    expect(await permissions.check(alice, ban)).toBeNull();
    expect(world.reads).toBe(3);
    permissions.forget('1');
    await permissions.check(alice, ping);
    expect(world.reads).toBe(4);
  });

  it('reads again after a change of which nobody knows whether it took effect', async () => {
    const world = build();
    await world.permissions.check(alice, ping);
    const isLost = world.permissions.change('1', async () => {
      world.rankOfLow = 5;
      throw new Error('the connection is gone');
    });
    await expect(isLost).rejects.toThrow('gone');
    expect(await world.permissions.check(alice, ban)).toBeNull();
  });

  it('refuses while the database is down, except those who need no look into it', async () => {
    const world = build();
    world.failure = new Error('down');
    expect(await world.permissions.check(alice, ping)).toMatchObject({ id: 'permissions.unavailable' });
    expect(await world.permissions.check({ ...alice, userId: OWNER_ID }, ping)).toBeNull();
    expect(world.events()).toEqual(['permissions:read:failed']);
  });

  it('goes on with what it knew while the database is down, however old, and says so once', async () => {
    const world = build();
    await world.permissions.check(alice, ping);
    world.failure = new Error('down');
    for (let hours = 0; hours < 5; hours += 1) {
      await world.clock.advance(HOUR_MS);
      expect(await world.permissions.check(alice, ping)).toBeNull();
      expect(await world.permissions.check(alice, ban)).toMatchObject({ id: 'permissions.rank' });
    }
    expect(world.events()).toEqual(['permissions:stale']);
    world.failure = null;
    world.rankOfLow = 5;
    await world.clock.advance(HOUR_MS);
    expect(await world.permissions.check(alice, ban)).toBeNull();
    expect(world.events()).toEqual(['permissions:stale', 'permissions:fresh']);
  });

  it.each<[string, Partial<Actor>, boolean]>([
    ['an owner of the bot', { userId: OWNER_ID }, true],
    ['a system administrator', { userId: 'sysadmin' }, true],
    ['the owner of the guild', { isGuildOwner: true }, true],
    ['a member with Manage Server', { canManageGuild: true }, true],
    ['anybody else', { roleIds: ['high'] }, false],
  ])('tells whether %s manages the guild', (_who, change, expected) => {
    expect(build().permissions.isGuildManager({ ...alice, ...change })).toBe(expected);
  });

  it('is a critical service behind the database, which says that it is ready', async () => {
    const { permissions, records } = build();
    const service = createPermissionService(permissions);
    expect(service).toMatchObject({ critical: true, dependsOn: ['database'] });
    await service.initialize(new AbortController().signal);
    expect(records.map(({ msg }) => msg)).toEqual(['✅ permissions ready (owners: 1, system administrators: 1)']);
  });

  it('warns when there is no owner', () => {
    const { permissions, records } = build([]);
    permissions.announce();
    expect(records[1]).toMatchObject({ level: 40, msg: expect.stringContaining('TUX_OWNER_IDS is empty') });
  });
});
