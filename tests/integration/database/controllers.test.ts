import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewCase } from '../../../bot/database/controllers/case-controller.js';
import type { Database } from '../../../bot/database/database.js';
import { backends, databaseOn } from '../../support/database-backends.js';

/** The largest id that 64 bits hold: no number in between can have rounded it. */
const GUILD = '18446744073709551615';
const ALICE = '200000000000000001';
const BOB = '200000000000000002';
const MODERATOR = '300000000000000001';

describe.each(backends)('controllers on $name', (backend) => {
  let db: Database;
  beforeAll(async () => {
    await backend.start();
    db = databaseOn(await backend.createEmpty());
    await db.connect(AbortSignal.timeout(60_000));
  });
  afterAll(async () => {
    await db.close();
    await backend.stop();
  });

  describe('users', () => {
    test('are made once, however many ask at the same time', async () => {
      expect(await db.users.getById(ALICE)).toBeNull();
      const users = await Promise.all(Array.from({ length: 5 }, () => db.users.getOrCreate(ALICE)));
      expect(new Set(users.map(({ id, firstSeenAt }) => `${id} ${firstSeenAt.toISOString()}`)).size).toBe(1);
      expect(await db.users.getById(ALICE)).toEqual(users[0]);
    });

    test('were last seen at the latest instant that was reported, in whatever order', async () => {
      await db.users.markSeen(BOB, new Date('2026-01-02T00:00:00Z'));
      await db.users.markSeen(BOB, new Date('2026-01-01T00:00:00Z'));
      expect(await db.users.getById(BOB)).toMatchObject({ lastSeenAt: new Date('2026-01-02T00:00:00Z') });
    });
  });

  describe('guild settings', () => {
    test('start with defaults', async () => {
      expect(await db.guildConfig.getById(GUILD)).toBeNull();
      const made = { guildId: GUILD, prefix: null, modLogChannelId: null, caseCounter: 0 };
      expect(await db.guildConfig.getOrCreate(GUILD)).toMatchObject(made);
    });

    test('change one by one', async () => {
      await db.guildConfig.updatePrefix(GUILD, '?');
      await db.guildConfig.updateModLogChannel(GUILD, '42');
      expect(await db.guildConfig.getById(GUILD)).toMatchObject({ prefix: '?', modLogChannelId: '42' });
      await db.guildConfig.updateModLogChannel(GUILD, null);
      expect(await db.guildConfig.getById(GUILD)).toMatchObject({ prefix: '?', modLogChannelId: null });
    });

    test('list the prefixes that were set, latest first and no more than asked for', async () => {
      await db.guildConfig.updatePrefix('1', 'a');
      await db.guildConfig.updatePrefix('2', 'b');
      await db.guildConfig.updatePrefix('3', 'c');
      await db.guildConfig.updatePrefix('3', null);
      const expected = [
        { guildId: '2', prefix: 'b' },
        { guildId: '1', prefix: 'a' },
      ];
      expect(await db.guildConfig.listPrefixes(2)).toEqual(expected);
    });
  });

  describe('cases', () => {
    const warning = (guildId: string, more: Partial<NewCase> = {}): NewCase => {
      return { guildId, type: 'warn', userId: ALICE, moderatorId: MODERATOR, reason: 'spam', ...more };
    };

    test('are numbered per guild without gaps, also when they come at the same time', async () => {
      const [first, second] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, () => db.cases.create(warning('51')))),
        Promise.all(Array.from({ length: 5 }, () => db.cases.create(warning('52')))),
      ]);
      const numbers = (results: typeof first) => results.map((result) => result.case.number).sort((a, b) => a - b);
      expect(numbers(first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(numbers(second)).toEqual([1, 2, 3, 4, 5]);
    });

    test('happen once per event, and a repeated event uses up no number', async () => {
      const events = Array.from({ length: 4 }, () => db.cases.create(warning('53', { eventKey: 'message:1' })));
      const results = await Promise.all(events);
      expect(results.map((result) => result.case.number)).toEqual([1, 1, 1, 1]);
      expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect((await db.cases.create(warning('53'))).case.number).toBe(2);
    });

    test('come back as they were given', async () => {
      const expiresAt = new Date('2027-01-01T00:00:00Z');
      await db.cases.create(warning('54', { type: 'timeout', expiresAt, eventKey: 'interaction:9' }));
      expect(await db.cases.getByNumber('54', 1)).toMatchObject({
        guildId: '54',
        number: 1,
        type: 'timeout',
        status: 'open',
        userId: ALICE,
        moderatorId: MODERATOR,
        reason: 'spam',
        eventKey: 'interaction:9',
        expiresAt,
        createdAt: expect.any(Date),
      });
      expect(await db.cases.getByNumber('54', 2)).toBeNull();
    });

    test('are listed newest first, by user and type', async () => {
      await db.cases.create(warning('55'));
      await db.cases.create(warning('55', { userId: BOB }));
      await db.cases.create(warning('55', { type: 'ban' }));
      const numbers = async (filter: object, limit = 10) =>
        (await db.cases.list('55', filter, limit)).map(({ number }) => number);
      expect(await numbers({})).toEqual([3, 2, 1]);
      expect(await numbers({}, 2)).toEqual([3, 2]);
      expect(await numbers({ userId: ALICE })).toEqual([3, 1]);
      expect(await numbers({ userId: ALICE, type: 'ban' })).toEqual([3]);
    });

    test('get another reason, and are closed once', async () => {
      await db.cases.create(warning('56'));
      expect(await db.cases.updateReason('56', 1, 'flood')).toBe(true);
      expect(await db.cases.updateReason('56', 2, 'flood')).toBe(false);
      expect(await db.cases.close('56', 1)).toBe(true);
      expect(await db.cases.close('56', 1)).toBe(false);
      expect(await db.cases.getByNumber('56', 1)).toMatchObject({ reason: 'flood', status: 'closed' });
    });
  });

  describe('levels', () => {
    const gain = (more: object = {}) => {
      const at = new Date('2026-01-01T00:00:00Z');
      const levelOf = (xp: number) => Math.floor(xp / 100);
      return { guildId: GUILD, userId: ALICE, amount: 60, at, cooldownMs: 1_000, levelOf, ...more };
    };

    test('grow with xp, but not during the cooldown', async () => {
      expect(await db.levels.get(GUILD, ALICE)).toBeNull();
      expect(await db.levels.addXp(gain())).toEqual({ xp: 60, level: 0, previousLevel: 0 });
      expect(await db.levels.addXp(gain({ at: new Date('2026-01-01T00:00:00.999Z') }))).toBeNull();
      const later = { at: new Date('2026-01-01T00:00:01Z') };
      expect(await db.levels.addXp(gain(later))).toEqual({ xp: 120, level: 1, previousLevel: 0 });
      expect(await db.levels.get(GUILD, ALICE)).toMatchObject({ xp: 120, level: 1, lastXpAt: later.at });
    });

    test('lose no xp when several messages arrive together', async () => {
      await Promise.all(Array.from({ length: 8 }, () => db.levels.addXp(gain({ userId: BOB, cooldownMs: 0 }))));
      expect(await db.levels.get(GUILD, BOB)).toMatchObject({ xp: 480, level: 4 });
    });

    test('make a leaderboard', async () => {
      const board = await db.levels.leaderboard(GUILD, 2);
      expect(board.map(({ userId, xp }) => [userId, xp])).toEqual([
        [BOB, 480],
        [ALICE, 120],
      ]);
    });
  });

  describe('permissions', () => {
    test('take the highest rank among the roles of a member', async () => {
      await db.permissions.setRank(GUILD, '71', 3);
      await db.permissions.setRank(GUILD, '72', 5);
      await db.permissions.setRank(GUILD, '72', 4);
      expect(await db.permissions.highestRank(GUILD, ['71', '72', '79'])).toBe(4);
      expect(await db.permissions.highestRank(GUILD, ['79'])).toBe(0);
      expect(await db.permissions.highestRank(GUILD, [])).toBe(0);
      const ranks = await db.permissions.listRanks(GUILD);
      expect(ranks.map(({ roleId, rank }) => [roleId, rank])).toEqual([
        ['72', 4],
        ['71', 3],
      ]);
      expect(await db.permissions.removeRank(GUILD, '72')).toBe(true);
      expect(await db.permissions.removeRank(GUILD, '72')).toBe(false);
    });

    test('refuse a rank above 10', async () => {
      await expect(db.permissions.setRank(GUILD, '73', 11)).rejects.toThrow('permission_ranks_range');
    });

    test('know what a command asks for', async () => {
      expect(await db.permissions.getRequirement(GUILD, 'ban')).toBeNull();
      await db.permissions.setRequirement(GUILD, 'ban', 5);
      await db.permissions.setRequirement(GUILD, 'ban', 4);
      await db.permissions.setRequirement(GUILD, 'config prefix', 0);
      expect(await db.permissions.getRequirement(GUILD, 'ban')).toBe(4);
      const requirements = await db.permissions.listRequirements(GUILD);
      expect(requirements.map(({ command, rank }) => [command, rank])).toEqual([
        ['ban', 4],
        ['config prefix', 0],
      ]);
      expect(await db.permissions.removeRequirement(GUILD, 'ban')).toBe(true);
      expect(await db.permissions.removeRequirement(GUILD, 'ban')).toBe(false);
    });
  });

  describe('snippets', () => {
    const snippet = { guildId: GUILD, name: 'rules', content: 'be kind', authorId: ALICE };

    test('have a unique name, and are counted when used', async () => {
      expect(await db.snippets.create(snippet)).toBe(true);
      expect(await db.snippets.create({ ...snippet, content: 'other' })).toBe(false);
      expect(await db.snippets.use(GUILD, 'rules')).toBe('be kind');
      expect(await db.snippets.use(GUILD, 'unknown')).toBeNull();
      expect(await db.snippets.getByName(GUILD, 'rules')).toMatchObject({ uses: 1, authorId: ALICE, aliasOf: null });
    });

    test('have aliases that lead to the text itself and vanish with it', async () => {
      const alias = { guildId: GUILD, authorId: BOB };
      expect(await db.snippets.createAlias({ ...alias, name: 'r', target: 'rules' })).toBe('created');
      expect(await db.snippets.createAlias({ ...alias, name: 'rr', target: 'r' })).toBe('created');
      expect(await db.snippets.createAlias({ ...alias, name: 'r', target: 'rules' })).toBe('name-taken');
      expect(await db.snippets.createAlias({ ...alias, name: 'x', target: 'unknown' })).toBe('no-target');
      expect(await db.snippets.updateContent(GUILD, 'rr', 'be nice')).toBe(false);
      expect(await db.snippets.updateContent(GUILD, 'rules', 'be nice')).toBe(true);
      expect(await db.snippets.use(GUILD, 'rr')).toBe('be nice');
      expect((await db.snippets.list(GUILD, 2)).map(({ name }) => name)).toEqual(['r', 'rr']);
      expect(await db.snippets.remove(GUILD, 'rules')).toBe(true);
      expect(await db.snippets.remove(GUILD, 'rules')).toBe(false);
      expect(await db.snippets.list(GUILD, 10)).toEqual([]);
    });
  });
});
