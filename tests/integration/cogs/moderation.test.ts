import { PermissionFlagsBits } from 'discord.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cogEntries } from '../../../bot/cogs/index.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { TuxError } from '../../../shared/errors.js';
import { CogRig } from '../../support/cog-rig.js';
import {
  casesOf,
  directMessages,
  handleAgain,
  logEntries,
  newMember,
  unbanned,
} from '../../support/moderated-guild.js';

const { guild, channels, roles, users } = SANDBOX_IDS;
const BAN = 'PUT /guilds/:id/bans/:id';
const UNBAN = 'DELETE /guilds/:id/bans/:id';

let rig: CogRig;
beforeAll(async () => {
  rig = await CogRig.create(cogEntries.filter(({ name }) => name === 'moderation'));
  await rig.database.guildConfig.updateModLogChannel(guild, channels['mod-log']);
}, 60_000);
afterAll(() => rig.dispose());

const isBanned = (userId: string) => userId in rig.sandbox.world.guild(guild).bans;
const isMember = (userId: string) => userId in rig.sandbox.world.guild(guild).members;
const requestsOf = (route: string, userId: string) =>
  rig.sandbox.recorder.requests.since().filter((request) => request.route === route && request.path.includes(userId));
const settled = (userId: string, expected: string[]) =>
  vi.waitFor(async () => expect(await casesOf(rig, userId)).toEqual(expected), { timeout: 5_000, interval: 20 });

describe('a ban', () => {
  it('is told, carried out, recorded and logged, and its messages go', async () => {
    const id = newMember(rig, 'spammer');
    rig.sandbox.actors.say({ as: 'spammer', text: 'buy now' });
    const answer = await rig.say(`$ban <@${id}> 1 selling things`);
    expect(answer.content).toMatch(/^✅ \*\*spammer\*\* is banned \(case #\d+\)\.$/);
    expect(isBanned(id)).toBe(true);
    expect(rig.sandbox.world.messages.list(channels.general).map(({ content }) => content)).not.toContain('buy now');
    expect(directMessages(rig, id)).toEqual(['You have been banned from **Tux Sandbox**.\nReason: selling things']);
    expect(logEntries(rig, id)).toEqual([expect.not.stringContaining('not carried out')]);
    expect(await casesOf(rig, id)).toEqual(['ban open']);
    const number = /#(\d+)/.exec(answer.content)?.[1];
    const [request] = requestsOf(BAN, id);
    expect(request?.auditReason).toBe(`Case #${number} by owner (${users.owner}): selling things`);
  });

  it('reaches people who are no members, by id, and needs no reason', async () => {
    const id = newMember(rig, 'gone');
    rig.sandbox.world.members.remove(guild, id);
    expect((await rig.slash('ban', { user: id })).content).toContain('**gone** is banned');
    expect(isBanned(id)).toBe(true);
    expect(logEntries(rig, id)[0]).toContain('No reason given.');
  });

  it('lets nobody write to strangers by way of the bot', async () => {
    const id = newMember(rig, 'stranger');
    rig.sandbox.world.members.remove(guild, id);
    const mark = rig.sandbox.recorder.mark();
    await rig.say(`$ban ${id} look at https://evil.example`);
    expect((await rig.say(`$warn ${id} look at https://evil.example`)).content).toContain('not a member');
    const attempts = rig.sandbox.recorder.requests.since(mark).map(({ route }) => route);
    expect(attempts).not.toContain('POST /users/@me/channels');
    expect(await casesOf(rig, id)).toEqual(['ban open']);
  });

  it('says when the person could not be told', async () => {
    const id = newMember(rig, 'shut');
    rig.sandbox.world.setBlocksBot(id, true);
    expect((await rig.say(`$ban <@${id}>`)).content).toContain('could not be told');
    expect(isBanned(id)).toBe(true);
  });

  it('leaves a void case when Discord refuses, and the next number is the next', async () => {
    const id = newMember(rig, 'lucky');
    rig.sandbox.faults.failNext(BAN, 403);
    const refused = await rig.say(`$ban <@${id}>`);
    expect(refused.content).toMatch(/I did not ban \*\*lucky\*\*.*is void/);
    expect(isBanned(id)).toBe(false);
    expect(await casesOf(rig, id)).toEqual(['ban void']);
    const next = await rig.say(`$warn <@${id}>`);
    const numberIn = (text: string) => Number(/#(\d+)/.exec(text)?.[1]);
    expect(numberIn(next.content)).toBe(numberIn(refused.content) + 1);
  });

  it('that Discord did not answer is taken up after a restart, and told and logged once', async () => {
    const id = newMember(rig, 'limbo');
    rig.sandbox.faults.failNext(BAN, 500, 4); // as often as the client tries
    expect((await rig.say(`$ban <@${id}> spam`)).content).toContain('I will try again');
    expect(await casesOf(rig, id)).toEqual(['ban pending']);
    await rig.restart();
    await settled(id, ['ban open']);
    expect(isBanned(id)).toBe(true);
    expect(directMessages(rig, id)).toHaveLength(1);
    expect(logEntries(rig, id)).toHaveLength(1);
  });

  it('is lifted by hand, and only for who is banned', async () => {
    const id = newMember(rig, 'pardoned');
    await rig.say(`$ban <@${id}>`);
    expect(await rig.suggest('unban', 'user', 'pardon')).toEqual([`pardoned (${id})`]);
    expect((await rig.slash('unban', { user: `pardoned (${id})`, reason: 'sorry' })).content).toContain('is unbanned');
    expect(isBanned(id)).toBe(false);
    expect(await casesOf(rig, id)).toEqual(['unban closed', 'ban closed']);
    expect((await rig.say(`$unban ${id}`)).content).toBe('**pardoned** is not banned here.');
    expect(await casesOf(rig, id)).toHaveLength(2);
    expect((await rig.say('$unban nobody')).content).toContain('I know no such user');
    const tooLarge = '99999999999999999999';
    expect((await rig.say(`$unban ${tooLarge}`)).content).toContain('I know no such user');
    expect((await rig.say(`$ban ${tooLarge}`)).content).toContain('I expected a user');
  });
});

describe('an event that is handled again', () => {
  it('finds its case and does nothing twice', async () => {
    const id = newMember(rig, 'kicked');
    const question = (await rig.say(`$kick <@${id}> out`)).message_reference?.message_id ?? '';
    rig.sandbox.world.members.join(guild, id);
    await handleAgain(rig, question);
    expect(isMember(id)).toBe(true);
    expect(await casesOf(rig, id)).toEqual(['kick closed']);
    expect(directMessages(rig, id)).toHaveLength(1);
    expect(logEntries(rig, id)).toHaveLength(1);
    const answers = rig.sandbox.world.messages.list(channels.general).filter(({ repliesTo }) => repliesTo === question);
    expect(answers).toHaveLength(1);
  });

  it('completes what the first time left undone, though the person is no member by then', async () => {
    const id = newMember(rig, 'half');
    rig.sandbox.faults.failNext('DELETE /guilds/:id/members/:id', 500, 4);
    const question = (await rig.say(`$kick <@${id}>`)).message_reference?.message_id ?? '';
    rig.sandbox.world.members.remove(guild, id); // as if the answer alone had been lost
    const known = () => rig.services.guilds.get(guild)?.members.cache.has(id);
    await vi.waitFor(() => expect(known()).toBe(false), { interval: 10 });
    await handleAgain(rig, question);
    expect(await casesOf(rig, id)).toEqual(['kick closed']);
    expect(logEntries(rig, id)).toHaveLength(1);
  });
});

describe('a run that ends in the middle', () => {
  it.each([
    ['telling the person', 'POST /channels/:id/messages'],
    ['the ban', BAN],
  ])('of %s leaves the rest to the next one', async (_, route) => {
    const id = newMember(rig, 'interrupted');
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.faults.failNext(route, 'hang');
    rig.sandbox.actors.say({ text: `$tempban <@${id}> 1d spam` });
    await rig.sandbox.recorder.waitForRequest((request) => request.route === route, { after: mark });
    await rig.restart();
    rig.sandbox.faults.reset();
    await settled(id, ['tempban open']);
    expect(isBanned(id)).toBe(true);
    expect(directMessages(rig, id)).toHaveLength(1);
    expect(logEntries(rig, id)).toHaveLength(1);
  });

  it('of writing down that all is done does it once more, and nobody notices', async () => {
    const id = newMember(rig, 'forgotten');
    const cases = Object.getPrototypeOf(rig.database.cases);
    const spy = vi.spyOn(cases, 'settle').mockRejectedValueOnce(new TuxError('TUX_DB_UNREACHABLE', 'gone'));
    expect((await rig.say(`$tempban <@${id}> 1d`)).content).toMatch(/is banned[\s\S]*database went away/);
    spy.mockRestore();
    expect(await casesOf(rig, id)).toEqual(['tempban pending']);
    await rig.restart();
    await settled(id, ['tempban open']);
    expect(rig.bot.jobs.list().filter(({ dedupeKey }) => dedupeKey?.startsWith('lift:')).length).toBeGreaterThan(0);
    expect(directMessages(rig, id)).toHaveLength(1);
    expect(logEntries(rig, id)).toHaveLength(1);
  });
});

describe('a temporary ban', () => {
  it('is lifted on time by the run after a restart', async () => {
    const id = newMember(rig, 'brief');
    expect((await rig.say(`$tempban <@${id}> 2s cool off`)).content).toMatch(/is banned until <t:\d+:f>/);
    expect(directMessages(rig, id)[0]).toMatch(/This ends <t:\d+:R>/);
    const [record] = await rig.database.cases.list(guild, { userId: id }, 1);
    await rig.restart();
    await unbanned(rig, id);
    await settled(id, ['unban closed', 'tempban closed']);
    expect(requestsOf(UNBAN, id)[0]?.at).toBeGreaterThanOrEqual(record?.expiresAt?.getTime() ?? Infinity);
    expect(requestsOf(UNBAN, id)[0]?.auditReason).toContain('Ban expired (case #');
    expect(logEntries(rig, id)).toHaveLength(2);
  });

  it('that ended while Tux was away, and has no job, is lifted at the start', async () => {
    const id = newMember(rig, 'late');
    rig.sandbox.world.members.ban(guild, id, null);
    const expiresAt = new Date(Date.now() - 1_000);
    const about = { guildId: guild, userId: id, moderatorId: users.owner, reason: 'old' };
    const { case: record } = await rig.database.cases.create({ ...about, type: 'tempban', expiresAt });
    await rig.database.cases.settle(record.id, { status: 'open', ends: [] });
    await rig.restart();
    await unbanned(rig, id);
    await settled(id, ['unban closed', 'tempban closed']);
  });

  it('whose person was unbanned by hand is closed, also in Discord itself', async () => {
    const byCommand = newMember(rig, 'by-command');
    const inDiscord = newMember(rig, 'in-discord');
    await rig.say(`$tempban <@${byCommand}> 1d`);
    await rig.say(`$tempban <@${inDiscord}> 1d`);
    await rig.say(`$unban ${byCommand}`);
    rig.sandbox.world.members.unban(guild, inDiscord);
    await settled(byCommand, ['unban closed', 'tempban closed']);
    await settled(inDiscord, ['tempban closed']);
  });

  /** Has a temporary ban lifted now, and waits until that has been dealt with. */
  async function liftOnce(caseId: number): Promise<void> {
    const { id } = await rig.bot.jobs.enqueue({ kind: 'moderation.lift', payload: { caseId } });
    const waiting = () => rig.bot.jobs.list().some((job) => job.id === id);
    await vi.waitFor(() => expect(waiting()).toBe(false), { timeout: 5_000, interval: 20 });
  }
  const newestCase = async (userId: string) => (await rig.database.cases.list(guild, { userId }, 1))[0]?.id ?? 0;

  it('does not end the ban that took its place', async () => {
    const id = newMember(rig, 'worse');
    await rig.say(`$tempban <@${id}> 1d`);
    const tempban = await newestCase(id);
    await rig.say(`$ban <@${id}> for good`);
    expect(await casesOf(rig, id)).toEqual(['ban open', 'tempban closed']);
    await liftOnce(tempban);
    expect(isBanned(id)).toBe(true);
  });

  it('does not end a newer one that is only on its way', async () => {
    const id = newMember(rig, 'worst');
    await rig.say(`$tempban <@${id}> 1d`);
    const tempban = await newestCase(id);
    const about = { guildId: guild, userId: id, moderatorId: users.owner, reason: 'for good' };
    await rig.database.cases.create({ ...about, type: 'ban' });
    await liftOnce(tempban);
    expect(isBanned(id)).toBe(true);
    expect(await casesOf(rig, id)).toEqual(['ban pending', 'tempban closed']);
  });

  it('does not end one that is imposed while it is being lifted', async () => {
    const id = newMember(rig, 'unlucky');
    await rig.say(`$tempban <@${id}> 1d`);
    const tempban = await newestCase(id);
    const cases = Object.getPrototypeOf(rig.database.cases);
    const { newestBan } = cases;
    const answers: Promise<unknown>[] = [];
    const spy = vi.spyOn(cases, 'newestBan').mockImplementationOnce(async function (this: unknown, ...args) {
      const found = await newestBan.apply(this, args);
      answers.push(rig.say(`$ban ${id} for good`));
      for (let n = 0; n < 3; n += 1) await rig.say('$modlog'); // time enough for a ban
      return found;
    });
    await liftOnce(tempban);
    await Promise.all(answers);
    spy.mockRestore();
    expect(isBanned(id)).toBe(true);
    expect(await casesOf(rig, id)).toEqual(['ban open', 'unban closed', 'tempban closed']);
  });

  it('is not closed by an old event when it still holds', async () => {
    const id = newMember(rig, 'still');
    await rig.say(`$tempban <@${id}> 1d`);
    const mark = rig.sandbox.recorder.mark();
    const user = { id, username: 'still', discriminator: '0', avatar: null };
    rig.sandbox.gateway.broadcast({ t: 'GUILD_BAN_REMOVE', d: { guild_id: guild, user }, isDirect: false });
    await rig.sandbox.recorder.waitForRequest(({ route }) => route === 'GET /guilds/:id/bans/:id', { after: mark });
    await rig.say('$modlog'); // the listener has had its answer before this one
    expect(await casesOf(rig, id)).toEqual(['tempban open']);
  });
});

describe('a time-out', () => {
  it('silences, is ended, and is not given to administrators', async () => {
    const id = newMember(rig, 'loud');
    expect((await rig.say(`$mute <@${id}> 10m calm down`)).content).toContain('is timed out until');
    expect(() => rig.sandbox.actors.say({ as: 'loud', text: 'but' })).toThrow('timed out');
    expect((await rig.say(`$untimeout <@${id}>`)).content).toContain('freed from their time-out');
    rig.sandbox.actors.say({ as: 'loud', text: 'thanks' });
    expect(await casesOf(rig, id)).toEqual(['untimeout closed', 'timeout closed']);
    expect((await rig.say(`$timeout <@${id}> 29 days`)).content).toContain('1 second to 4 weeks');
  });
});

describe('who may act on whom', () => {
  beforeEach(async () => {
    await rig.database.permissions.setRank(guild, roles.Moderator, 5);
    for (const command of ['kick', 'warn']) await rig.database.permissions.setRequirement(guild, command, 3);
    rig.services.permissions.forget(guild);
  });

  it('follows the order of roles', async () => {
    const peer = newMember(rig, 'peer', [roles.Moderator]);
    const below = newMember(rig, 'below');
    const as = 'moderator';
    expect((await rig.say(`$kick <@${peer}>`, { as })).content).toMatch(/not below yours, \*\*Moderator\*\*/);
    expect((await rig.say(`$kick <@${users.owner}>`, { as })).content).toContain('owner of this server');
    expect((await rig.say(`$kick <@${users.moderator}>`, { as })).content).toContain('on your own request');
    expect((await rig.say(`$kick <@${SANDBOX_IDS.bot}>`, { as })).content).toBe('I cannot kick myself.');
    expect((await rig.say(`$kick <@${below}>`, { as })).content).toContain('is kicked');
    expect((await rig.say(`$kick <@${below}>`, { as })).content).toContain('not a member');
    expect(await casesOf(rig, peer)).toEqual([]);
  });

  it('takes the role and the permissions of the bot into account', async () => {
    const boss = rig.sandbox.world.roles.create(guild, { name: 'Boss', position: 9 });
    const above = newMember(rig, 'above', [boss.id]);
    const below = newMember(rig, 'plain');
    expect((await rig.say(`$kick <@${above}>`)).content).toContain('not below mine, **Tux**');
    expect((await rig.say(`$warn <@${above}>`)).content).toContain('is warned');
    const { permissions } = rig.sandbox.world.roles.get(guild, roles.Tux);
    rig.sandbox.world.roles.edit(guild, roles.Tux, { permissions: PermissionFlagsBits.BanMembers.toString() });
    expect((await rig.say(`$kick <@${below}>`)).content).toContain('I lack the permission **Kick Members**');
    rig.sandbox.world.roles.edit(guild, roles.Tux, { permissions });
    expect(isMember(below)).toBe(true);
  });
});

describe('two moderators at once', () => {
  it('kick somebody once', async () => {
    const id = newMember(rig, 'twice');
    const answers = await Promise.all([rig.say(`$kick <@${id}> one`), rig.slash('kick', { member: id })]);
    const texts = answers.map(({ content }) => content).sort();
    expect(texts).toEqual([expect.stringContaining('not a member'), expect.stringContaining('is kicked')]);
    expect(await casesOf(rig, id)).toEqual(['kick closed']);
    expect(directMessages(rig, id)).toHaveLength(1);
  });
});

describe('a log that cannot be written to', () => {
  it('stops nothing and is mentioned', async () => {
    const id = newMember(rig, 'unlogged');
    await rig.database.guildConfig.updateModLogChannel(guild, '300000000000000099');
    expect((await rig.slash('warn', { user: id })).content).toContain('not in the log');
    await rig.database.guildConfig.updateModLogChannel(guild, channels['mod-log']);
    expect(await casesOf(rig, id)).toEqual(['warn closed']);
  });
});

describe('without a database', () => {
  it('nothing is done, and that is said', async () => {
    const id = newMember(rig, 'safe');
    const lost = new TuxError('TUX_DB_UNREACHABLE', 'gone');
    const spy = vi.spyOn(Object.getPrototypeOf(rig.database.cases), 'create').mockRejectedValue(lost);
    const answer = await rig.say(`$ban <@${id}>`);
    spy.mockRestore();
    expect(answer.content).toContain('so I did nothing');
    expect(isBanned(id)).toBe(false);
    expect(directMessages(rig, id)).toEqual([]);
    expect(requestsOf(BAN, id)).toEqual([]);
  });
});
