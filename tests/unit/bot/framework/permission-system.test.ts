import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../bot/framework/actor.js';
import {
  createPermissionService,
  type PermissionStore,
  PermissionSystem,
} from '../../../../bot/framework/permission-system.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { OWNER_ID, recordingLogger } from '../../../support/framework-fakes.js';

const alice: Actor = { userId: 'alice', guildId: '1', roleIds: ['low'], isGuildOwner: false, canManageGuild: false };

function build(overrides: Partial<PermissionStore> = {}, ownerIds: readonly string[] = [OWNER_ID]) {
  let reads = 0;
  const store: PermissionStore = {
    listRanks: async () => [
      { roleId: 'low', rank: 1 },
      { roleId: 'high', rank: 5 },
    ],
    listRequirements: async () => {
      reads += 1;
      return [
        { command: 'admin', rank: 5 },
        { command: 'admin status', rank: 1 },
      ];
    },
    ...overrides,
  };
  const clock = new FakeClock();
  const { log, records, events } = recordingLogger();
  const permissions = new PermissionSystem({ database: { permissions: store }, ownerIds, clock, log });
  return { permissions, clock, records, events, reads: () => reads };
}

describe('PermissionSystem', () => {
  it.each<[string, Partial<Actor>, string, { need: number; have: number } | null]>([
    ['lets everybody run what is not configured', {}, 'ping', null],
    ['refuses who has too low a rank', {}, 'admin restart', { need: 5, have: 1 }],
    ['refuses who has no rank at all', { roleIds: [] }, 'admin', { need: 5, have: 0 }],
    ['takes the highest rank of all roles', { roleIds: ['low', 'high'] }, 'admin restart', null],
    ['prefers the requirement of the sub-command to that of its group', {}, 'admin status', null],
    ['lets the owner of the guild pass', { roleIds: [], isGuildOwner: true }, 'admin', null],
    ['lets the owner of the bot pass', { roleIds: [], userId: OWNER_ID }, 'admin', null],
    ['asks for no rank in direct messages', { guildId: null, roleIds: [] }, 'admin', null],
  ])('%s', async (_title, change, path, details) => {
    const { permissions } = build();
    const refusal = await permissions.check({ ...alice, ...change }, path);
    expect(refusal).toEqual(details && expect.objectContaining({ id: 'permissions.rank', details }));
  });

  it('reads a guild once in ten minutes, and again when told to forget it', async () => {
    const { permissions, clock, reads } = build();
    await Promise.all([permissions.check(alice, 'ping'), permissions.check(alice, 'ping')]);
    expect(reads()).toBe(1);
    await clock.advance(600_000);
    await permissions.check(alice, 'ping');
    expect(reads()).toBe(2);
    permissions.forget('1');
    await permissions.check(alice, 'ping');
    expect(reads()).toBe(3);
  });

  it('refuses while the database is down, except those who need no look into it', async () => {
    const { permissions, events } = build({ listRanks: async () => Promise.reject(new Error('down')) });
    expect(await permissions.check(alice, 'ping')).toMatchObject({ id: 'permissions.unavailable' });
    expect(await permissions.check({ ...alice, userId: OWNER_ID }, 'ping')).toBeNull();
    expect(events()).toEqual(['permissions:read:failed']);
  });

  it.each<[string, Partial<Actor>, boolean]>([
    ['an owner of the bot', { userId: OWNER_ID }, true],
    ['the owner of the guild', { isGuildOwner: true }, true],
    ['a member with Manage Server', { canManageGuild: true }, true],
    ['anybody else', {}, false],
  ])('tells whether %s manages the guild', (_who, change, expected) => {
    expect(build().permissions.isGuildManager({ ...alice, ...change })).toBe(expected);
  });

  it('is a critical service behind the database, and warns when there is no owner', async () => {
    const { permissions, records } = build({}, []);
    const service = createPermissionService(permissions);
    expect(service).toMatchObject({ critical: true, dependsOn: ['database'] });
    await service.initialize(new AbortController().signal);
    expect(records[0]?.msg).toContain('⚠️ TUX_OWNER_IDS is empty');
  });
});
