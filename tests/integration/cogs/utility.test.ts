import type { Message, TextChannel } from 'discord.js';
import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { absenceListener } from '../../../bot/cogs/utility/absence-listener.js';
import { utilityCog } from '../../../bot/cogs/utility/utility-cog.js';
import { effectKeyOf } from '../../../bot/framework/effect-key.js';
import type { Job } from '../../../bot/scheduling/job.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { TuxError } from '../../../shared/errors.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { users, channels, guild } = SANDBOX_IDS;

let rig: CogRig;

beforeAll(async () => {
  rig = await CogRig.create([{ name: 'utility', load: async () => utilityCog }]);
}, 60_000);

afterAll(() => rig?.dispose());

/** Requests of the bot to a route since `mark`. */
const requests = (route: string, mark = 0) =>
  rig.sandbox.recorder.requests.since(mark).filter((request) => request.route === route);

/** A message in `general` as the bot sees it. */
async function fetched(isMeant: (message: Message) => boolean): Promise<Message> {
  const channel = (await rig.bot.client.channels.fetch(channels.general)) as TextChannel;
  const message = (await channel.messages.fetch()).find(isMeant);
  if (!message) throw new Error('no such message');
  return message;
}

describe('polls', () => {
  const ask = (text: string, as = 'owner') => rig.say(`$poll ${text}`, { as });

  /** Posts a poll, and gives its message once the bot has taken note of it. */
  async function post(text: string, as?: string): Promise<APIMessage> {
    const message = await ask(text, as);
    const noted = async () => (await rig.database.polls.getById(pollId(message)))?.messageId;
    await expect.poll(noted, { timeout: 5_000 }).toBe(message.id);
    return message;
  }

  /** The message of a poll, as soon as people see this in it. */
  const shows = (poll: APIMessage, content: RegExp) =>
    rig.sandbox.recorder.waitForMessage((message) => message.id === poll.id && content.test(textOf(message)));

  const pollId = (message: APIMessage) => Number(/Poll (\d+)/.exec(textOf(message))?.[1]);
  const isFor = ({ payload }: Job, id: number) => (payload as { pollId?: number }).pollId === id;

  const labels = (message: APIMessage) =>
    (message.components as { components: { label: string }[] }[]).map((row) =>
      row.components.map(({ label }) => label),
    );

  it('take one vote each, which may be changed, and show the counts', async () => {
    const poll = await post('Where do we eat? pizza | pasta | salad 2h');
    expect(textOf(poll)).toMatch(
      /Where do we eat\?\n\*\*pizza\*\*\n▱{10} 0 votes \(0 %\)[\s\S]*Ends <t:\d+:R>\. Asked by/,
    );
    expect(labels(poll)).toEqual([['pizza', 'pasta', 'salad']]);
    expect((await rig.click('pizza', { as: 'bob' })).content).toBe('✅ You voted for **pizza**.');
    expect((await rig.click('pizza', { as: 'bob' })).content).toBe('You voted for **pizza** already.');
    expect((await rig.click('pasta', { as: 'bob' })).content).toBe('✅ You changed your vote to **pasta**.');
    await rig.click('pasta', { as: 'alice' });
    expect(textOf(await shows(poll, /Poll \d+ · 2 votes/))).toMatch(/\*\*pizza\*\*\n▱{10} 0 votes/);
    await shows(poll, /\*\*pasta\*\*\n▰{10} 2 votes \(100 %\)/);
  });

  it('are asked by slash command, with two rows of buttons', async () => {
    const answers = 'one|two|three|four|five|six|seven';
    const poll = await rig.slash('poll start', { question: 'How many', answers });
    expect(labels(poll)).toEqual([
      ['one', 'two', 'three', 'four', 'five'],
      ['six', 'seven'],
    ]);
    expect(textOf(poll)).toContain('Open until it is closed.');
  });

  it('are taken up by the next run: buttons work, and votes that were not shown are', async () => {
    const poll = await post('"Restart it" "yes | no"');
    const id = pollId(poll);
    // As if the run had ended between the vote and the edit.
    await rig.database.polls.vote({ pollId: id, userId: users.moderator, answer: 1, at: new Date() });
    await rig.restart();
    await shows(poll, /\*\*no\*\*\n▰{10} 1 vote \(100 %\)/);
    expect((await rig.click('yes', { as: 'bob' })).content).toBe('✅ You voted for **yes**.');
    await shows(poll, /· 2 votes ·/);
  });

  it('are edited a few times for a hundred votes', async () => {
    const poll = await post('Busy? yes | no');
    const id = pollId(poll);
    const mark = rig.sandbox.recorder.mark();
    const startedAt = performance.now();
    for (let round = 0; round < 25; round += 1) {
      const button = round % 2 === 0 ? 'yes' : 'no';
      const people = ['owner', 'moderator', 'alice', 'bob'] as const;
      await Promise.all(people.map((as) => rig.click(button, { as })));
    }
    await shows(poll, /\*\*yes\*\*\n▰{10} 4 votes/);
    expect(await rig.database.polls.tally({ id, answers: ['yes', 'no'] })).toEqual([4, 0]);
    const edits = requests('PATCH /channels/:id/messages/:id', mark).length;
    const windows = Math.ceil((performance.now() - startedAt) / 1_500);
    expect(edits).toBeLessThanOrEqual(windows);
    expect(windows).toBeLessThan(50); // else this machine is too slow for a burst
  });

  it('close by themselves, tell the result once, and take no more votes', async () => {
    const poll = await post('"Quick one" "cat | dog" 1s');
    await rig.posted(/“Quick one” is closed/);
    const closed = await shows(poll, /🔒 Closed/);
    expect(closed.components).toEqual([]);
    const id = pollId(poll);
    const late = { pollId: id, userId: users.bob, answer: 0, at: new Date() };
    expect(await rig.database.polls.vote(late)).toBe('closed');
    expect(
      requests('POST /channels/:id/messages').filter(({ body }) => JSON.stringify(body).includes('Quick one” is')),
    ).toHaveLength(1);
  });

  it('are closed by their author and by managers, nobody else', async () => {
    const first = await post('First? a | b', 'alice');
    expect((await ask('Another? a | b', 'alice')).content).toContain('needs a pause');
    await rig.click('a', { as: 'bob' });
    expect((await rig.say('$poll close', { as: 'bob' })).content).toContain('only its author and managers');
    expect((await rig.say('$poll close', { as: 'alice' })).content).toBe('🔒 The poll is closed.');
    const result = await rig.posted(/“First\?” is closed\. \*\*a\*\* wins with 1 of 1 vote\./);
    expect(result.content).toContain(`/channels/${guild}/${channels.general}/${first.id}`);
    const second = await post('Second? a | b 1h');
    const id = /Poll (\d+)/.exec(textOf(second))?.[1] ?? '';
    expect((await rig.slash('poll close', { id }, { as: 'owner' })).content).toBe('🔒 The poll is closed.');
    await rig.posted(/“Second\?” is closed\. Nobody voted\./);
    expect((await rig.say(`$poll close ${id}`)).content).toBe('That poll is closed already.');
    expect((await rig.say('$poll close 99999')).content).toContain('There is no such poll.');
  });

  it('stay open when nobody can be sure that their result will be told', async () => {
    await post('Kept? a | b');
    const full = new TuxError('TUX_STATE_WRITE', 'disk full');
    const spy = vi.spyOn(rig.bot.jobs, 'enqueue').mockRejectedValueOnce(full);
    expect((await rig.say('$poll close')).content).toContain('could not write that down');
    spy.mockRestore();
    expect((await rig.say('$poll close')).content).toBe('🔒 The poll is closed.');
    await rig.posted(/“Kept\?” is closed/);
  });

  it('tell the result once when they were closed before their time', async () => {
    const poll = await post('Early? a | b 1s');
    await rig.say('$poll close');
    await rig.posted(/“Early\?” is closed/);
    const id = pollId(poll);
    await expect.poll(() => rig.services.jobs.list().some((job) => isFor(job, id)), { timeout: 5_000 }).toBe(false);
    const results = requests('POST /channels/:id/messages').filter(({ body }) =>
      JSON.stringify(body).includes('“Early?” is'),
    );
    expect(results).toHaveLength(1);
  });

  it('count every vote that was confirmed, though they are closed meanwhile', async () => {
    const id = pollId(await post('Race? a | b'));
    const at = new Date();
    const votes = Array.from({ length: 40 }, (_, index) =>
      rig.database.polls.vote({ pollId: id, userId: String(index), answer: index % 2, at }),
    );
    await Promise.race(votes);
    await rig.database.polls.close(id, new Date());
    const counted = await rig.database.polls.tally({ id, answers: ['a', 'b'] });
    const recorded = (await Promise.all(votes)).filter((outcome) => outcome === 'recorded');
    expect(recorded.length).toBeGreaterThan(0);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(recorded.length);
  });

  it('are forgotten when their message is gone', async () => {
    const poll = await post('Gone? a | b');
    const id = pollId(poll);
    rig.sandbox.world.messages.delete(rig.sandbox.world.messages.get(channels.general, poll.id));
    await rig.say(`$poll close ${id}`);
    await expect.poll(() => rig.database.polls.getById(id), { timeout: 5_000 }).toBeNull();
  });

  it('are made once, however often the command is handled', async () => {
    const poll = await post('Twice? a | b');
    const command = await fetched(({ id }) => id === poll.message_reference?.message_id);
    const mark = rig.sandbox.recorder.mark();
    await rig.bot.dispatcher.handleMessage(command);
    expect(requests('POST /channels/:id/messages', mark)).toEqual([]);
  });

  it('explain what is wrong with them', async () => {
    expect((await ask('Alone? yes')).content).toContain('at least two answers');
    expect((await ask('Same? a | A')).content).toContain('the same');
    expect((await ask('')).content).toContain('needs a sub-command');
  });
});

describe('absences', () => {
  it('are told to who mentions the member, once per channel, and end with a message', async () => {
    expect((await rig.say('$afk having lunch', { as: 'alice' })).content).toBe(
      '💤 You are away: having lunch. I will tell whoever mentions you, until you write again.',
    );
    const mention = { text: `<@${users.alice}> are you there?`, as: 'bob' };
    rig.sandbox.actors.say(mention);
    const notice = await rig.posted(/is away since/);
    expect(notice.content).toMatch(new RegExp(`💤 <@${users.alice}> is away since <t:\\d+:R>: having lunch`));
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.actors.say(mention); // said lately in this channel
    rig.sandbox.actors.say({ ...mention, channel: 'mod-log' });
    expect((await rig.posted(/is away since/, mark)).channel_id).toBe(channels['mod-log']);
    const { id } = rig.sandbox.actors.say({ as: 'alice', text: 'back' });
    const welcome = await rig.posted(new RegExp(`Welcome back, <@${users.alice}>! You were away for`));
    expect(welcome.nonce).toBe(effectKeyOf(id, 0, 'a'));
    expect(await rig.database.absences.list(guild, 10)).toEqual([]);
    const away = rig.sandbox.world.messages
      .list(channels.general)
      .filter(({ content }) => /is away since/.test(content));
    expect(away).toHaveLength(1);
  });

  it('outlive a restart, and giving another reason does not end them', async () => {
    await rig.say('$afk', { as: 'bob' });
    await rig.restart();
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.actors.say({ as: 'alice', text: `<@${users.bob}>?`, channel: 'mod-log' });
    await rig.posted(/is away since .* no reason given/, mark); // read from the database by now
    await rig.say('$afk on holiday', { as: 'bob' });
    await rig.slash('afk', { reason: 'on a long holiday' }, { as: 'bob' });
    // The listener alone, for when it is faster than the command.
    const said = await fetched((message) => message.content === '$afk on holiday');
    const later = Object.create(said, { id: { value: rig.sandbox.world.snowflakes.next() } }) as Message;
    await absenceListener.run(rig.services, later);
    expect(await rig.database.absences.list(guild, 10)).toMatchObject([{ userId: users.bob }]);
    rig.sandbox.actors.say({ as: 'alice', text: `<@${users.bob}>?` });
    await rig.posted(/is away since .* on a long holiday/, mark);
    rig.sandbox.actors.say({ as: 'bob', text: 'home again' });
    await rig.posted(/Welcome back/, mark);
    expect(
      requests('POST /channels/:id/messages', mark).filter(({ body }) => /Welcome back/.test(JSON.stringify(body))),
    ).toHaveLength(1);
  });
});

describe('absences in a channel that is closed to the bot', () => {
  it('are no failure of the bot', async () => {
    const SEND = 'POST /channels/:id/messages';
    await rig.say('$afk nap', { as: 'moderator' });
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.faults.failNext(SEND, 403);
    rig.sandbox.actors.say({ as: 'alice', text: `<@${users.moderator}>?`, channel: 'mod-log' });
    await rig.sandbox.recorder.waitForRequest(({ route }) => route === SEND, { after: mark });
    rig.sandbox.faults.failNext(SEND, 403);
    rig.sandbox.actors.say({ as: 'moderator', text: 'what?', channel: 'mod-log' });
    await expect.poll(() => requests(SEND, mark)).toHaveLength(2);
    await rig.say('$serverinfo'); // both answers have arrived
    expect(rig.bot.logger.events()).not.toContain('listener:failed');
  });
});

describe('what can be looked up', () => {
  it('shows the picture of a member', async () => {
    const { embeds } = await rig.say(`$avatar <@${users.alice}>`);
    expect(embeds[0]).toMatchObject({ title: 'Picture of Alice', image: { url: expect.stringMatching(/^https:/) } });
    expect(textOf(await rig.slash('avatar', {}, { as: 'bob' }))).toBe('Picture of Bob');
  });

  it('finds a member by name, and nobody when several go by it', async () => {
    expect(textOf(await rig.say('$avatar alice'))).toMatch(/^Picture of Alice/);
    expect(textOf(await rig.say('$avatar ALICE'))).toMatch(/^Picture of Alice/);
    expect((await rig.say('$avatar ali')).content).toContain(
      'I expected a user: a mention, an id, or the name of a member',
    );
    rig.sandbox.world.members.edit(guild, users.bob, { nick: 'Robert' });
    expect(textOf(await rig.say('$whois robert'))).toMatch(/^Robert/);
    rig.sandbox.world.members.edit(guild, users.moderator, { nick: 'Robert' });
    expect((await rig.say('$whois robert')).content).toContain('I expected a user');
    rig.sandbox.world.members.edit(guild, users.alice, { nick: 'bob' }); // his username is his alone
    expect(textOf(await rig.say('$whois bob'))).toMatch(/^Robert/);
    for (const id of [users.alice, users.bob, users.moderator])
      rig.sandbox.world.members.edit(guild, id, { nick: null });
    expect((await rig.say('$avatar alice', { channel: 'dm' })).content).toContain('I expected a user');
  });

  it('shows who somebody is, member or not', async () => {
    const member = textOf(await rig.say(`$whois <@${users.moderator}>`));
    expect(member).toMatch(/Account created\n<t:\d+:D> \(<t:\d+:R>\)\nJoined\n<t:/);
    expect(member).toContain(`Roles\n<@&${SANDBOX_IDS.roles.Moderator}>`);
    expect(textOf(await rig.slash('userinfo', {}, { as: 'alice' }))).toContain('Roles\nnone');
    rig.sandbox.actors.leave({ as: 'moderator' });
    expect(textOf(await rig.say(`$userinfo ${users.moderator}`))).toContain('Is not a member of this server.');
    rig.sandbox.actors.join({ as: 'moderator' });
    expect((await rig.say('$userinfo 999999999999999999')).content).toContain('I expected a user');
  });

  it('shows what the server consists of', async () => {
    const { emojis } = rig.sandbox.world.guild(guild);
    emojis.push({ id: '700000000000000001', name: 'penguin', animated: false });
    const text = textOf(await rig.say('$serverinfo'));
    expect(text).toMatch(/Tux Sandbox\nOwner\n<@\d+>\nMembers\n5\n/);
    expect(text).toContain('Channels\n2 text, 0 voice\nRoles\n2\nEmojis\n1\n');
    expect((await rig.say('$serverinfo', { channel: 'dm' })).content).toContain('only in a server');
  });
});

describe('reminders', () => {
  it('are cancelled under another name of the command, too', async () => {
    const { content } = await rig.say('$remind 1h tea', { as: 'alice' });
    const id = /remind cancel (\w+)/.exec(content)?.[1] ?? '';
    expect((await rig.say(`$remind delete ${id}`, { as: 'bob' })).content).toContain('no reminder with that id');
    expect((await rig.say(`$remind delete ${id}`, { as: 'alice' })).content).toBe('✅ Cancelled.');
  });

  it("suggest the ids of one's own", async () => {
    const { content } = await rig.say('$remind 1h cake', { as: 'bob' });
    const id = /remind cancel (\w+)/.exec(content)?.[1] ?? '';
    const found = rig.services.commands.findByLine('remind cancel');
    const suggest = found && 'command' in found ? found.command.options.id?.suggest : undefined;
    const ask = (userId: string, typed: string) => suggest?.({ services: rig.services, userId, guildId: guild, typed });
    expect([ask(users.bob, ''), ask(users.bob, id.slice(-4).toLowerCase()), ask(users.alice, '')]).toEqual([
      [id],
      [id],
      [],
    ]);
  });
});
