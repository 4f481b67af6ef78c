import { type Message, type OmitPartialGroupDMChannel, PermissionFlagsBits } from 'discord.js';
import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cogEntries } from '../../../bot/cogs/index.js';
import { xpOfMessage } from '../../../bot/cogs/levels/message-xp.js';
import { xpForLevel } from '../../../bot/cogs/levels/xp-curve.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import type { MessageRecord } from '../../../sandbox/world/records.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { guild: GUILD, roles, channels } = SANDBOX_IDS;
const REGULAR = '400000000000000011';
const ELITE = '400000000000000012';
const BOSS = '400000000000000013';
const SEND = 'POST /channels/:id/messages';
const ADD_ROLE = 'PUT /guilds/:id/members/:id/roles/:id';

/** `@everyone` < Regular < Moderator < Elite < Tux < Boss. */
function addRoles(rig: CogRig): void {
  const guild = rig.sandbox.world.guild(GUILD);
  const role = (id: string, name: string, position: number) => ({ id, name, permissions: '0', position, color: 0 });
  const positions: Record<string, number> = { [roles.Moderator]: 2, [roles.Tux]: 4 };
  for (const one of guild.roles) one.position = positions[one.id] ?? one.position;
  guild.roles.push(role(REGULAR, 'Regular', 1), role(ELITE, 'Elite', 3), role(BOSS, 'Boss', 5));
}

describe('the levels', () => {
  let rig: CogRig;

  beforeAll(async () => {
    rig = await CogRig.create(cogEntries.filter(({ name }) => name === 'levels' || name === 'permission'));
    addRoles(rig);
    await rig.database.permissions.setRank(GUILD, roles.Moderator, 5);
    await rig.database.permissions.setRequirement(GUILD, 'levels reward', 5);
    await rig.restart(); // the bot learns of the roles
  }, 60_000);
  afterAll(() => rig.dispose());

  /** Everybody talks once: a minute is longer than a test. */
  function newPerson(name: string, isBot = false): string {
    const { world } = rig.sandbox;
    const id = world.snowflakes.next();
    world.state.users[id] = { id, name, displayName: name, isBot };
    return id;
  }

  const chat = (as: string, text = 'hello there'): MessageRecord => rig.sandbox.actors.say({ text, as });

  /** The same event again, as after a lost connection. discord.js drops it itself while it remembers the message. */
  function replay({ id, channelId }: MessageRecord): void {
    const { client } = rig.bot;
    const channel = client.channels.cache.get(channelId);
    const known = channel?.isTextBased() ? channel.messages.cache.get(id) : undefined;
    const { world } = rig.sandbox;
    if (known) client.emit('messageCreate', known as OmitPartialGroupDMChannel<Message>);
    else
      world.changed({
        t: 'MESSAGE_CREATE',
        d: world.messages.eventPayload(world.messages.get(channelId, id)),
        isDirect: false,
      });
  }

  /** Replays a command, and waits until it is answered once more (which Discord takes for the same answer). */
  async function handleAgain(message: MessageRecord): Promise<void> {
    const mark = rig.sandbox.recorder.mark();
    replay(message);
    const isAnswer = ({ route, body }: { route: string; body: unknown }) =>
      route === SEND && (body as Partial<APIMessage>).message_reference?.message_id === message.id;
    await rig.sandbox.recorder.waitForRequest(isAnswer, { after: mark });
  }

  const rowOf = (userId: string) => rig.database.levels.get(GUILD, userId);
  const xpOf = async (userId: string) => (await rowOf(userId))?.xp ?? 0;
  const hasXp = (userId: string, xp: number) =>
    vi.waitFor(async () => expect(await xpOf(userId)).toBe(xp), { timeout: 5_000, interval: 50 });

  /** All that was said before has been dealt with: what is earned together is stored together. */
  async function allStored(): Promise<void> {
    const id = newPerson(`witness-${rig.sandbox.recorder.mark()}`);
    await hasXp(id, xpOfMessage(chat(id).id));
  }

  async function setXp(userId: string, xp: number): Promise<void> {
    const change = { guildId: GUILD, userId, eventId: rig.sandbox.world.snowflakes.next(), change: () => xp };
    await rig.database.levels.changeXp(change, { cooldownMs: 0, maxXp: 1e9, levelOf: () => 0 });
  }

  const rolesOf = (userId: string) => rig.sandbox.world.members.get(GUILD, userId).roleIds;
  const announcements = (after: number) =>
    rig.sandbox.recorder.sightings
      .since(after)
      .filter(({ message }) => /has reached level/.test(message?.content ?? ''));
  const peopleOn = ({ embeds }: APIMessage) =>
    [...(embeds[0]?.description ?? '').matchAll(/<@(\d+)>/g)].map(([, id]) => id);

  it('lets people earn by talking, once a minute, and not by commands, direct messages or as a bot', async () => {
    const talker = newPerson('talker');
    const commander = newPerson('commander');
    const whisperer = newPerson('whisperer');
    const machine = newPerson('machine', true);
    chat(commander, '$rank');
    chat(commander, `<@${SANDBOX_IDS.bot}> rank`);
    rig.sandbox.actors.say({ text: 'hello', as: whisperer, channel: 'dm' });
    rig.sandbox.world.messages.create({ channelId: channels.general, authorId: machine, content: 'beep' });
    const first = chat(talker);
    chat(talker, 'and another thing');
    await allStored();
    expect(await xpOf(talker)).toBe(xpOfMessage(first.id));
    for (const id of [commander, whisperer, machine]) expect(await rowOf(id)).toBeNull();
  });

  it('takes a price for talk', async () => {
    const id = newPerson('trader');
    await hasXp(id, xpOfMessage(chat(id, '$5 is a price').id));
  });

  it('asks the database nothing while somebody rests', async () => {
    const id = newPerson('chatterbox');
    await hasXp(id, xpOfMessage(chat(id).id));
    await allStored();
    const store = vi.spyOn(rig.database.levels, 'addXp');
    const settings = vi.spyOn(rig.database.guildConfig, 'listByIds');
    for (let n = 0; n < 20; n += 1) chat(id, `${n}`);
    await allStored();
    expect(store).toHaveBeenCalledTimes(1);
    expect(settings).toHaveBeenCalledTimes(1);
    expect(store.mock.calls[0]?.[0].map(({ userId }) => userId)).not.toContain(id);
    vi.restoreAllMocks();
  });

  it('counts a message once and announces its level once, also when it comes again after a restart', async () => {
    const id = newPerson('climber');
    await rig.say(`$levels reward 1 <@&${REGULAR}>`);
    await setXp(id, xpForLevel(1) - 1);
    const mark = rig.sandbox.recorder.mark();
    const message = chat(id);
    const announced = await rig.posted(/has reached level \*\*1\*\*/, mark);
    replay(message);
    expect(announced.content).toContain(`<@${id}>`);
    expect(announced.content).toContain(`<@&${REGULAR}>`);
    const { body } = await rig.sandbox.recorder.waitForRequest(({ route }) => route === SEND, { after: mark });
    expect(body).toMatchObject({ nonce: `lvl-${message.id}`, enforce_nonce: true, allowed_mentions: { users: [] } });
    expect(rolesOf(id)).toEqual([REGULAR]);
    const xp = xpForLevel(1) - 1 + xpOfMessage(message.id);
    expect(await rowOf(id)).toMatchObject({ xp, level: 1, lastEventId: message.id });
    await rig.restart();
    replay(message);
    await allStored();
    expect(await xpOf(id)).toBe(xp);
    expect(announcements(mark)).toHaveLength(1);
  });

  it('stores what was earned just before a restart', async () => {
    const id = newPerson('goodbye');
    const message = chat(id);
    await rig.say('$levels'); // the message before it has been seen
    await rig.restart();
    expect(await xpOf(id)).toBe(xpOfMessage(message.id));
  });

  it('keeps new levels to itself when it is told to, and gives nothing when it is off', async () => {
    expect((await rig.say('$levels announce off')).content).toContain('to myself');
    const quiet = newPerson('quiet');
    await setXp(quiet, xpForLevel(1) - 1);
    const mark = rig.sandbox.recorder.mark();
    chat(quiet);
    await rig.sandbox.recorder.waitForRequest(({ route }) => route === ADD_ROLE, { after: mark });
    expect((await rig.slash('levels off')).content).toContain('Nobody earns');
    const unpaid = newPerson('unpaid');
    chat(unpaid);
    await rig.say('$levels rewards'); // the message has been seen
    await rig.restart(); // all that was earned is stored by then
    expect(await rowOf(unpaid)).toBeNull();
    expect(announcements(mark)).toEqual([]);
    expect((await rig.say('$levels on')).content).toContain('earn xp');
    expect((await rig.slash('levels announce', { enabled: 'on' })).content).toContain('I announce');
    await allStored();
  });

  it('only pauses while the database is away: one warning, and what was said meanwhile counts', async () => {
    const people = ['patient', 'later', 'latest'].map((name) => newPerson(name));
    for (const id of people) rig.sandbox.world.members.join(GUILD, id);
    const mark = rig.bot.logger.records.length;
    // Whether somebody who has just joined is still being looked up when the database goes away is a matter of luck.
    const warnings = () =>
      rig.bot.logger.records.slice(mark).filter(({ level, event }) => level >= 40 && event !== 'levels:restore:failed');
    await rig.database.close();
    const [first = '', ...others] = people;
    const messages = [chat(first)];
    await vi.waitFor(() => expect(warnings()).toHaveLength(1), { timeout: 5_000 });
    for (const id of others) messages.push(chat(id));
    await rig.database.connect(AbortSignal.timeout(20_000));
    await rig.say('$levels rewards'); // Tux has not lost its tongue, and the messages have been seen
    expect(warnings().map(({ event }) => event)).toEqual(['levels:store:failed']);
    for (const id of people) expect(await rowOf(id)).toBeNull();
    for (const message of messages)
      await vi.waitFor(async () => expect(await xpOf(message.authorId)).toBe(xpOfMessage(message.id)), {
        timeout: 20_000,
        interval: 100,
      });
    expect(rig.bot.logger.events().slice(mark)).toContain('levels:store:recovered');
  }, 40_000);

  it('shows how far somebody has come', async () => {
    const id = newPerson('runner');
    expect((await rig.say(`$rank <@${id}>`)).content).toContain('no xp');
    await setXp(id, 1_200);
    const card = textOf(await rig.slash('rank', { user: 'runner' }));
    expect(card).toContain('runner');
    expect(card).toContain('50 of 475 xp to level 6');
    expect(card).toMatch(/#1 of \d+/);
    expect(textOf(await rig.say(`$level ${id}`))).toBe(card);
    expect((await rig.say('$rank', { channel: 'dm' })).content).toContain('only in a server');
  });

  it('lists everybody once over the pages of the leaderboard, and turns them after a restart', async () => {
    for (let n = 0; n < 22; n += 1) await setXp(newPerson(`crowd-${n}`), 5_000 + Math.floor(n / 4));
    const first = peopleOn(await rig.say('$leaderboard'));
    const second = peopleOn(await rig.click('Next ▶'));
    await rig.restart();
    const third = peopleOn(await rig.click('Next ▶'));
    expect([first.length, second.length]).toEqual([10, 10]);
    expect(new Set([...first, ...second, ...third]).size).toBe(20 + third.length);
    expect(peopleOn(await rig.click('◀ Back', { as: 'bob' }))).toEqual(second);
    expect(peopleOn(await rig.slash('leaderboard', { page: '3' }))).toEqual(third);
    await rig.say('$permission command leaderboard 5');
    expect((await rig.click('◀ Back', { as: 'bob' })).content).toContain('takes rank 5');
    await rig.say('$permission uncommand leaderboard');
    expect(textOf(await rig.say('$top 9999'))).toMatch(/Page (\d+) of \1 /);
  });

  it('is changed by hand, once for each command, and the roles follow', async () => {
    const id = newPerson('protege');
    rig.sandbox.world.members.join(GUILD, id);
    await rig.say(`$levels reward 10 <@&${ELITE}>`);
    const set = await rig.say(`$levels set <@${id}> 10`);
    expect(set.content).toContain('level **10** now, with 4,675 xp');
    expect(rolesOf(id).sort()).toEqual([REGULAR, ELITE]);
    const { content: lowered } = await rig.slash('levels add', { user: 'protege', xp: '-1' });
    expect(lowered).toContain(`Roles taken: <@&${ELITE}>`);
    expect(rolesOf(id)).toEqual([REGULAR]);
    const more = rig.sandbox.actors.say({ text: `$levels add <@${id}> 101`, as: 'owner' });
    await hasXp(id, 4_775);
    await handleAgain(more);
    expect((await rig.say(`$levels reset <@${id}>`)).content).toContain('level **0**');
    await handleAgain(more);
    expect(await xpOf(id)).toBe(0);
    expect(rolesOf(id)).toEqual([]);
    expect((await rig.say(`$levels set <@${SANDBOX_IDS.bot}> 3`)).content).toContain('Bots have no level');
    await rig.say('$permission command levels set 5');
    const own = await rig.say(`$levels set <@${SANDBOX_IDS.users.moderator}> 50`, { as: 'moderator' });
    expect(own.content).toContain('somebody else');
    expect(await xpOf(SANDBOX_IDS.users.moderator)).toBe(0);
    const above = await rig.say(`$levels set <@${SANDBOX_IDS.users.owner}> 50`, { as: 'moderator' });
    expect(above.content).toContain('stands above you');
    expect((await rig.say(`$levels set <@${id}> 1`, { as: 'moderator' })).content).toContain('level **1** now');
  });

  it('gives roles back to who comes back, and keeps the xp of who was kicked', async () => {
    const id = newPerson('returner');
    await setXp(id, xpForLevel(10));
    await rig.say(`$levels set <@${id}> 10`); // not a member yet
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.world.members.join(GUILD, id);
    const added = () => rig.sandbox.recorder.requests.since(mark).filter(({ route }) => route === ADD_ROLE);
    await vi.waitFor(() => expect(rolesOf(id).sort()).toEqual([REGULAR, ELITE]), { timeout: 5_000 });
    rig.sandbox.world.members.remove(GUILD, id);
    expect(await xpOf(id)).toBe(xpForLevel(10));
    rig.sandbox.world.members.join(GUILD, id);
    await vi.waitFor(() => expect(rolesOf(id).sort()).toEqual([REGULAR, ELITE]), { timeout: 5_000 });
    expect(added()).toHaveLength(4);
  });

  it('refuses roles that it could not give, or that are above who asks', async () => {
    expect((await rig.say(`$levels reward 2 <@&${BOSS}>`)).content).toContain('not below my highest role');
    expect((await rig.say(`$levels reward 2 <@&${GUILD}>`)).content).toMatch(/everybody has it/);
    expect((await rig.say(`$levels reward 2 <@&${ELITE}>`, { as: 'moderator' })).content).toContain('Elite is not');
    expect((await rig.say(`$levels reward 2 <@&${REGULAR}>`, { as: 'moderator' })).content).toContain('level **2**');
    expect((await rig.say(`$levels reward 2 <@&${REGULAR}>`, { as: 'bob' })).content).toContain('takes rank 5');
    // Below the moderator's own role, but it gives more than that: whoever sets levels could take it for themselves.
    const { roles: guildRoles } = rig.sandbox.world;
    guildRoles.edit(GUILD, REGULAR, { permissions: PermissionFlagsBits.ManageGuild.toString() });
    expect((await rig.say(`$levels reward 3 <@&${REGULAR}>`, { as: 'moderator' })).content).toContain(
      'gives more than you have',
    );
    guildRoles.edit(GUILD, REGULAR, { permissions: '0' });
    await rig.say(`$permission role <@&${REGULAR}> 6`);
    expect((await rig.say(`$levels reward 3 <@&${REGULAR}>`, { as: 'moderator' })).content).toContain(
      'gives more than you have',
    );
    await rig.say(`$permission unrole <@&${REGULAR}>`);
    expect((await rig.say('$levels unreward 2')).content).toContain('no role any more');
    expect((await rig.say('$levels unreward 2')).content).toContain('gives no role');
  });

  it('goes on without a role that is gone or out of reach, and says which', async () => {
    await rig.database.levels.setReward(GUILD, 3, BOSS);
    await rig.database.levels.setReward(GUILD, 4, '400000000000000099');
    const id = newPerson('lucky');
    rig.sandbox.world.members.join(GUILD, id); // dealt with by the time of the next answer: who joins is given their roles, too
    const list = textOf(await rig.say('$levels rewards'));
    expect(list).toMatch(/Level \*\*3\*\*.*not below my highest role/);
    expect(list).toMatch(/Level \*\*4\*\*.*it was deleted/);
    const { content } = await rig.say(`$levels set <@${id}> 9`);
    expect(content).toContain(`Roles given: <@&${REGULAR}>`);
    expect(content).toContain(`I cannot change <@&${BOSS}>`);
    expect(content).toContain('it was deleted. No level gives it any more.');
    expect(textOf(await rig.say('$levels rewards'))).not.toContain('Level **4**');
    expect(rolesOf(id)).toEqual([REGULAR]);
    const talker = newPerson('unlucky');
    await setXp(talker, xpForLevel(4) - 1);
    const mark = rig.sandbox.recorder.mark();
    chat(talker);
    expect((await rig.posted(/has reached level \*\*4\*\*/, mark)).content).toContain(`<@&${REGULAR}>`);
    expect(rig.bot.logger.events()).toContain('levels:role:failed');
    expect(rig.bot.logger.events().filter((event) => event === 'levels:role:gone')).toHaveLength(1);
  });
});
