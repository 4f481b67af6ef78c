import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewCase } from '../../../bot/database/controllers/case-controller.js';
import type { Database } from '../../../bot/database/database.js';
import { backends, databaseOn } from '../../support/database-backends.js';

/** The largest id that 64 bits hold: no number in between can have rounded it. */
const GUILD = '18446744073709551615';
const ALICE = '200000000000000001';
const BOB = '200000000000000002';
const MODERATOR = '300000000000000001';

/** The clock of the embedded database knows no smaller unit: what was changed within one has no order. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await nextTurn();
}

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
      await db.guildConfig.updatePrefix(GUILD, '?', '1');
      await db.guildConfig.updateModLogChannel(GUILD, '42');
      expect(await db.guildConfig.getById(GUILD)).toMatchObject({ prefix: '?', modLogChannelId: '42' });
      await db.guildConfig.updateModLogChannel(GUILD, null);
      expect(await db.guildConfig.getById(GUILD)).toMatchObject({ prefix: '?', modLogChannelId: null });
    });

    test('list the prefixes that were set, latest first and no more than asked for', async () => {
      await db.guildConfig.updatePrefix('1', 'a', '1');
      await nextMillisecond();
      await db.guildConfig.updatePrefix('2', 'b', '1');
      await db.guildConfig.updatePrefix('3', 'c', '1');
      await db.guildConfig.updatePrefix('3', null, '2');
      const expected = [
        { guildId: '2', prefix: 'b' },
        { guildId: '1', prefix: 'a' },
      ];
      expect(await db.guildConfig.listPrefixes(2)).toMatchObject(expected);
    });

    test('keep the prefix before, and take no change twice or late', async () => {
      await db.guildConfig.updatePrefix('4', 'a', '999');
      const changed = { prefix: 'b', previousPrefix: 'a', prefixEventId: '1000' };
      expect(await db.guildConfig.updatePrefix('4', 'b', '1000')).toMatchObject(changed);
      expect(await db.guildConfig.updatePrefix('4', 'b', '1000')).toMatchObject(changed);
      expect(await db.guildConfig.updatePrefix('4', 'a', '999')).toMatchObject(changed);
      expect(await db.guildConfig.getById('4')).toMatchObject(changed);
    });
  });

  describe('effects', () => {
    test('take place once, and tell the same again', async () => {
      let runs = 0;
      const work = async () => {
        runs += 1;
        return { names: ['a'], run: runs };
      };
      const once = () => db.transaction((tx) => tx.effects.once('key', work));
      expect(await db.effects.find('key')).toBeNull();
      expect([await once(), await once()]).toEqual([
        { names: ['a'], run: 1 },
        { names: ['a'], run: 1 },
      ]);
      expect(await db.effects.find('key')).toMatchObject({ result: { names: ['a'], run: 1 } });
      expect([await db.effects.claim('other'), await db.effects.claim('other')]).toEqual([true, false]);
    });

    test('have not taken place when they failed, nor has what was written with them', async () => {
      const failing = db.transaction((tx) =>
        tx.effects.once('failed', async () => {
          await tx.users.getOrCreate('77');
          throw new Error('no');
        }),
      );
      await expect(failing).rejects.toThrow('no');
      expect([await db.effects.find('failed'), await db.users.getById('77')]).toEqual([null, null]);
    });

    test('are waited for by who asks at the same time', async () => {
      const run = (n: number) => db.transaction((tx) => tx.effects.once('at-once', async () => n));
      const results = await Promise.all([1, 2, 3].map(run));
      expect(new Set(results).size).toBe(1);
    });

    test('are noted together, and stay with whom they were first', async () => {
      expect(await db.effects.claimAll(['x', 'y'], 'first')).toEqual(
        new Map([
          ['x', 'first'],
          ['y', 'first'],
        ]),
      );
      const second = await db.effects.claimAll(['y', 'z'], 'second');
      expect(Object.fromEntries(second)).toEqual({ y: 'first', z: 'second' });
    });

    test('are forgotten when they are old', async () => {
      await db.effects.claim('old');
      expect(await db.effects.forget(new Date(Date.now() - 60_000))).toBe(0);
      expect(await db.effects.forget(new Date(Date.now() + 60_000))).toBeGreaterThan(0);
      expect(await db.effects.find('old')).toBeNull();
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
        status: 'pending',
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
      const { id } = (await db.cases.create(warning('56'))).case;
      expect(await db.cases.close(id)).toBe(false);
      await db.cases.settle(id, { status: 'open', ends: [] });
      expect(await db.cases.close(id)).toBe(true);
      expect(await db.cases.close(id)).toBe(false);
      expect(await db.cases.getByNumber('56', 1)).toMatchObject({ reason: 'flood', status: 'pending' });
      expect(await db.cases.getByNumber('56', 2)).toMatchObject({ status: 'closed' });
    });

    test('of a kind that ends others close the older ones of the same person, and no newer one', async () => {
      const made: number[] = [];
      for (const [type, userId] of [
        ['tempban', ALICE],
        ['ban', BOB],
        ['warn', ALICE],
        ['unban', ALICE],
        ['ban', ALICE],
      ] as const) {
        const { id } = (await db.cases.create(warning('57', { type, userId }))).case;
        if (type !== 'unban') await db.cases.settle(id, { status: 'open', ends: [] });
        made.push(id);
      }
      expect((await db.cases.newestBan('57', ALICE))?.number).toBe(5);
      await db.cases.settle(made[3] ?? 0, { status: 'closed', ends: ['ban', 'tempban'] });
      const open = await db.cases.list('57', { status: 'open' }, 10);
      expect(open.map(({ number }) => number)).toEqual([5, 3, 2]);
      expect(await db.cases.closeBans('57', ALICE)).toBe(1);
      expect(await db.cases.count('57', { userId: ALICE, status: 'closed' })).toBe(3);
    });

    test('that wait for something are found by their time', async () => {
      const soon = new Date(Date.now() + 60_000);
      const { id } = (await db.cases.create(warning('58', { type: 'tempban', expiresAt: new Date(0) }))).case;
      const pending = async (until: Date) => (await db.cases.listPending(until, 1_000)).map((one) => one.id);
      expect(await pending(soon)).toContain(id);
      expect(await pending(new Date(0))).toEqual([]);
      await db.cases.settle(id, { status: 'open', ends: [] });
      expect((await db.cases.listEnding(soon, 10)).map((one) => one.id)).toEqual([id]);
      expect(await db.cases.listEnding(new Date(0), 10)).toEqual([]);
      await db.cases.closeEndedTimeouts(soon);
      expect(await db.cases.getById(id)).toMatchObject({ status: 'open' });
    });
  });

  describe('levels', () => {
    const rules = { cooldownMs: 1_000, maxXp: 1_000, levelOf: (xp: number) => Math.floor(xp / 100) };
    const gain = (more: object = {}) => {
      return { guildId: GUILD, userId: ALICE, amount: 60, eventId: '1', at: new Date('2026-01-01T00:00:00Z'), ...more };
    };
    const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);

    test('grow with xp, but not during the cooldown, and never twice by one message', async () => {
      expect(await db.levels.get(GUILD, ALICE)).toBeNull();
      const [first] = await db.levels.addXp([gain()], rules);
      expect(first).toMatchObject({ isEarned: true, xp: 60, level: 0, previousLevel: 0, lastXpAt: at(0) });
      const [tooSoon, older, again] = await db.levels.addXp(
        [gain({ eventId: '2', at: at(0.999) }), gain({ eventId: '0', at: at(-5) }), gain({ at: at(9) })],
        rules,
      );
      for (const outcome of [tooSoon, older, again]) expect(outcome).toMatchObject({ isEarned: false, xp: 60 });
      const [later] = await db.levels.addXp([gain({ eventId: '3', at: at(1) })], rules);
      expect(later).toMatchObject({ isEarned: true, xp: 120, level: 1, previousLevel: 0 });
      expect(await db.levels.get(GUILD, ALICE)).toMatchObject({ xp: 120, level: 1, lastXpAt: at(1), lastEventId: '3' });
    });

    test('are reached anew by a message that is told again, which may not have been celebrated', async () => {
      const big = gain({ guildId: '68', amount: 250 });
      const [first] = await db.levels.addXp([big], rules);
      const [again] = await db.levels.addXp([big], rules);
      expect(first).toMatchObject({ isEarned: true, xp: 250, level: 2, previousLevel: 0 });
      expect(again).toMatchObject({ isEarned: false, xp: 250, level: 2, previousLevel: 0 });
      await db.levels.addXp([gain({ guildId: '68', eventId: '2', at: at(60) })], rules);
      const [older] = await db.levels.addXp([big], rules);
      expect(older).toMatchObject({ isEarned: false, level: 3, previousLevel: 3 });
    });

    test('lose no xp when several batches arrive together, and stop at the most there is', async () => {
      const batch = (n: number) => [BOB, ALICE, '7'].map((userId) => gain({ guildId: '61', userId, eventId: `${n}` }));
      const freely = { ...rules, cooldownMs: 0 };
      await Promise.all(Array.from({ length: 8 }, (_, n) => db.levels.addXp(batch(n), freely)));
      expect(await db.levels.get('61', BOB)).toMatchObject({ xp: 480, level: 4 });
      const [outcome] = await db.levels.addXp([gain({ guildId: '61', eventId: '9', amount: 5_000 })], freely);
      expect(outcome).toMatchObject({ xp: 1_000, level: 10, previousLevel: 4 });
    });

    test('grow for old hands and newcomers in one batch', async () => {
      const batch = [
        gain({ guildId: '67', userId: '9', eventId: '2', at: at(5) }),
        gain({ guildId: '67', userId: '1' }),
      ];
      await db.levels.addXp([gain({ guildId: '67', userId: '9' })], rules);
      expect((await db.levels.addXp(batch, rules)).map(({ xp }) => xp)).toEqual([120, 60]);
    });

    test('are changed by hand once per command, which is answered the same again', async () => {
      const add = (eventId: string, xp: number) => {
        return db.levels.changeXp({ guildId: '62', userId: BOB, eventId, change: (before) => before + xp }, rules);
      };
      expect(await add('999', 250)).toMatchObject({ xp: 250, level: 2 });
      expect(await add('1000', -50)).toMatchObject({ xp: 200, level: 2 });
      expect(await add('999', 250)).toMatchObject({ xp: 250, level: 2 });
      expect(await add('1000', -50)).toMatchObject({ xp: 200, level: 2 });
      expect(await add('998', 10)).toMatchObject({ xp: 210, level: 2 });
      expect(await add('1001', -500)).toMatchObject({ xp: 0, level: 0 });
      expect(await add('1002', 9_000)).toMatchObject({ xp: 1_000, level: 10 });
    });

    test('make a leaderboard whose pages fit together, also when many have the same', async () => {
      const xp = { '1': 300, '2': 200, '3': 200, '4': 200, '5': 0 };
      for (const [userId, value] of Object.entries(xp)) {
        await db.levels.changeXp({ guildId: '63', userId, eventId: '1', change: () => value }, rules);
      }
      const page = async (offset: number) =>
        (await db.levels.leaderboard('63', { offset, limit: 2 })).map(({ userId }) => userId);
      expect([await page(0), await page(2), await page(4)]).toEqual([['1', '2'], ['3', '4'], []]);
      expect(await db.levels.countRanked('63')).toBe(4);
      expect(await db.levels.standing('63', '4')).toEqual({ xp: 200, level: 2, place: 4 });
      expect(await db.levels.standing('63', '5')).toBeNull();
      expect(await db.levels.standing('63', '6')).toBeNull();
    });

    test('give roles, one for each level', async () => {
      await db.levels.setReward('64', 5, '1');
      await db.levels.setReward('64', 2, '2');
      await db.levels.setReward('64', 5, '3');
      const rewards = await db.levels.listRewards('64');
      expect(rewards.map(({ level, roleId }) => [level, roleId])).toEqual([
        [2, '2'],
        [5, '3'],
      ]);
      expect(await db.levels.removeReward('64', 5)).toBe(true);
      expect(await db.levels.removeReward('64', 5)).toBe(false);
    });

    test('are switched on and off', async () => {
      await db.guildConfig.updateLevels('65', { levelsEnabled: false });
      await db.guildConfig.updateLevels('65', { levelUpsAnnounced: false });
      const listed = await db.guildConfig.listByIds(['65', '66']);
      expect(listed).toEqual([
        expect.objectContaining({ guildId: '65', levelsEnabled: false, levelUpsAnnounced: false }),
      ]);
      expect(await db.guildConfig.listByIds([])).toEqual([]);
    });
  });

  describe('permissions', () => {
    test('give roles a rank', async () => {
      await db.permissions.setRank(GUILD, '71', 3);
      await db.permissions.setRank(GUILD, '72', 5);
      await db.permissions.setRank(GUILD, '72', 4);
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
      await db.permissions.setRequirement(GUILD, 'ban', 5);
      await db.permissions.setRequirement(GUILD, 'ban', 4);
      await db.permissions.setRequirement(GUILD, 'config prefix', 0);
      const requirements = await db.permissions.listRequirements(GUILD);
      expect(requirements.map(({ command, rank }) => [command, rank])).toEqual([
        ['ban', 4],
        ['config prefix', 0],
      ]);
      expect(await db.permissions.removeRequirement(GUILD, 'ban')).toBe(true);
      expect(await db.permissions.removeRequirement(GUILD, 'ban')).toBe(false);
    });

    test('name ranks', async () => {
      await db.permissions.setRankName(GUILD, 3, 'Mod');
      await db.permissions.setRankName(GUILD, 3, 'Moderator');
      const names = await db.permissions.listRankNames(GUILD);
      expect(names.map(({ rank, name }) => [rank, name])).toEqual([[3, 'Moderator']]);
      expect(await db.permissions.removeRankName(GUILD, 3)).toBe(true);
      expect(await db.permissions.removeRankName(GUILD, 3)).toBe(false);
    });

    test('add what is missing and leave what is there', async () => {
      const guildId = 'set-up';
      await db.permissions.setRankName(guildId, 1, 'Regular');
      const ranks = ['Member', 'Trusted', 'Moderator'].map((name, rank) => ({ rank, name }));
      expect(await db.permissions.addRankNames(guildId, ranks)).toBe(2);
      const names = await db.permissions.listRankNames(guildId);
      expect(names.map(({ name }) => name)).toEqual(['Member', 'Regular', 'Moderator']);
      await db.permissions.setRequirement(guildId, 'ban', 7);
      const requirements = ['ban', 'kick'].map((command) => ({ command, rank: 3 }));
      expect(await db.permissions.addRequirements(guildId, requirements)).toBe(1);
      expect(await db.permissions.addRequirements(guildId, requirements)).toBe(0);
      expect(await db.permissions.addRequirements(guildId, [])).toBe(0);
      expect(await db.permissions.listRequirements(guildId)).toMatchObject([
        { command: 'ban', rank: 7 },
        { command: 'kick', rank: 3 },
      ]);
    });
  });

  describe('snippets', () => {
    const snippet = { guildId: GUILD, name: 'rules', content: 'be kind', authorId: ALICE };

    test('have a unique name, and are counted when used', async () => {
      expect(await db.snippets.create(snippet)).toBe(true);
      expect(await db.snippets.create({ ...snippet, content: 'other' })).toBe(false);
      expect(await db.snippets.use(GUILD, 'rules', '999')).toBe('be kind');
      expect(await db.snippets.use(GUILD, 'rules', '999')).toBe('be kind');
      expect(await db.snippets.use(GUILD, 'unknown', '1000')).toBeNull();
      expect(await db.snippets.getByName(GUILD, 'rules')).toMatchObject({ uses: 1, authorId: ALICE, aliasOf: null });
      await Promise.all([1_001, 1_002, 1_003].map((id) => db.snippets.use(GUILD, 'rules', String(id))));
      const uses = (await db.snippets.getByName(GUILD, 'rules'))?.uses;
      expect(uses).toBeGreaterThanOrEqual(2); // those that came after a later one do not count
      expect(uses).toBeLessThanOrEqual(4);
    });

    test('have aliases that lead to the text itself and vanish with it', async () => {
      const alias = { guildId: GUILD, authorId: BOB };
      expect(await db.snippets.createAlias({ ...alias, name: 'r', target: 'rules' })).toBe('created');
      expect(await db.snippets.createAlias({ ...alias, name: 'rr', target: 'r' })).toBe('created');
      expect(await db.snippets.createAlias({ ...alias, name: 'r', target: 'rules' })).toBe('name-taken');
      expect(await db.snippets.createAlias({ ...alias, name: 'x', target: 'unknown' })).toBe('no-target');
      expect(await db.snippets.updateContent(GUILD, 'rr', 'be nice')).toBe(false);
      expect(await db.snippets.updateContent(GUILD, 'rules', 'be nice')).toBe(true);
      expect(await db.snippets.use(GUILD, 'rr', '2000')).toBe('be nice');
      expect((await db.snippets.list(GUILD, { limit: 2 })).map(({ name }) => name)).toEqual(['r', 'rr']);
      expect((await db.snippets.list(GUILD, { offset: 2, limit: 2 })).map(({ name }) => name)).toEqual(['rules']);
      expect(await db.snippets.count(GUILD)).toBe(3);
      expect(await db.snippets.listAliases(GUILD, 'rules')).toEqual(['r', 'rr']);
      expect(await db.snippets.remove(GUILD, 'rules')).toBe(true);
      expect(await db.snippets.remove(GUILD, 'rules')).toBe(false);
      expect(await db.snippets.list(GUILD, { limit: 10 })).toEqual([]);
    });

    test('are found by a part of their name, those that begin with it first', async () => {
      for (const name of ['a-b', 'b', 'b%', 'c']) await db.snippets.create({ ...snippet, guildId: '75', name });
      expect(await db.snippets.searchNames('75', 'b', 5)).toEqual(['b', 'b%', 'a-b']);
      expect(await db.snippets.searchNames('75', 'b', 2)).toEqual(['b', 'b%']);
      expect(await db.snippets.searchNames('75', '%', 5)).toEqual(['b%']);
      expect(await db.snippets.searchNames('75', '', 5)).toHaveLength(4);
    });
  });
});
