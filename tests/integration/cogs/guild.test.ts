import { setImmediate as nextTurn } from 'node:timers/promises';
import { Events, type GuildMember } from 'discord.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guildCog } from '../../../bot/cogs/guild/guild-cog.js';
import { guildSettingsOf } from '../../../bot/cogs/guild/guild-settings.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { users, channels, guild } = SANDBOX_IDS;

let rig: CogRig;

beforeAll(async () => {
  rig = await CogRig.create([{ name: 'guild', load: async () => guildCog }]);
}, 60_000);

afterAll(() => rig?.dispose());

/** What the bot posted into a channel since `mark`. */
const postedIn = (channelId: string, mark = 0) =>
  rig.sandbox.recorder.sightings
    .since(mark)
    .filter(({ kind, message }) => kind === 'message' && message?.author.id === SANDBOX_IDS.bot)
    .flatMap(({ channelId: where, message }) => (message && where === channelId ? [textOf(message)] : []));

describe('greetings', () => {
  it('are for managers to set', async () => {
    expect((await rig.say('$welcome off', { as: 'alice' })).content).toContain('Manage Server');
    expect((await rig.say('$logs off', { as: 'alice' })).content).toContain('Manage Server');
  });

  it('are off, then sent to the channel that was chosen, and notify the new member alone', async () => {
    expect((await rig.say('$welcome show')).content).toContain('New members are not greeted.');
    expect((await rig.say(`$welcome channel <#${channels['mod-log']}>`)).content).toContain('I greet new members');
    expect((await rig.say('$welcome message Hi {user}, @everyone in {server}: {count} of us!')).content).toContain(
      '✅',
    );
    expect((await rig.say('$welcome test')).content).toContain(
      `Hi <@${users.owner}>, @everyone in Tux Sandbox: 5 of us!`,
    );
    rig.sandbox.actors.leave({ as: 'bob' });
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.actors.join({ as: 'bob' });
    const greeting = await rig.posted(/^Hi <@\d+>/, mark);
    expect([greeting.channel_id, greeting.content]).toEqual([
      channels['mod-log'],
      `Hi <@${users.bob}>, @everyone in Tux Sandbox: 5 of us!`,
    ]);
    const request = rig.sandbox.recorder.requests
      .since(mark)
      .find(({ body }) => (body as { content?: string } | null)?.content === greeting.content);
    expect(request?.body).toMatchObject({ allowed_mentions: { parse: [], users: [users.bob] }, enforce_nonce: true });
  });

  it('are sent once though the event is handled twice, and not to who joined long ago', async () => {
    const { client } = rig.bot;
    const joined = new Promise<GuildMember>((resolve) => client.once(Events.GuildMemberAdd, resolve));
    rig.sandbox.actors.leave({ as: 'alice' });
    const mark = rig.sandbox.recorder.mark();
    rig.sandbox.actors.join({ as: 'alice' });
    const member = await joined;
    await rig.posted(new RegExp(`Hi <@${users.alice}>`), mark);
    client.emit(Events.GuildMemberAdd, member);
    const old = Object.assign(Object.create(member), { joinedTimestamp: Date.now() - 3_600_000 });
    client.emit(Events.GuildMemberAdd, old as GuildMember);
    // The next greeting comes after whatever these two could have caused.
    rig.sandbox.actors.leave({ as: 'bob' });
    rig.sandbox.actors.join({ as: 'bob' });
    await rig.posted(new RegExp(`Hi <@${users.bob}>`), mark);
    expect(postedIn(channels['mod-log'], mark).filter((text) => text.includes(users.alice))).toHaveLength(1);
  });

  it('say what is wrong with a text, and take back the usual one', async () => {
    expect((await rig.say('$welcome message Hi {name} and {user}')).content).toContain('I do not know `{name}`.');
    expect((await rig.say('$welcome message')).content).toContain('the usual greeting');
    expect((await rig.slash('welcome show')).content).toContain('Welcome to **{server}**, {user}!');
    expect((await rig.say('$welcome off')).content).toContain('I greet nobody');
    expect(await rig.database.guildConfig.getById(guild)).toMatchObject({
      welcomeChannelId: null,
      welcomeMessage: null,
    });
  });
});

describe('the activity log', () => {
  it('tells of joins, leaves, edits and deletions', async () => {
    expect((await rig.say('$logs activity')).content).toContain('reported nowhere');
    expect((await rig.slash('logs activity', { channel: channels['mod-log'] })).content).toContain('I report joins');
    const mark = rig.sandbox.recorder.mark();
    const { actors } = rig.sandbox;
    actors.leave({ as: 'bob' });
    actors.join({ as: 'bob' });
    actors.say({ as: 'alice', text: 'helo' });
    actors.edit({ as: 'alice', text: 'hello' });
    actors.delete({ as: 'alice' });
    await rig.posted(/was deleted/, mark);
    const log = postedIn(channels['mod-log'], mark).join('\n');
    expect(log).toContain(`📤 <@${users.bob}> (bob, \`${users.bob}\`) left.`);
    expect(log).toContain(`📥 <@${users.bob}> (bob, \`${users.bob}\`) joined.`);
    expect(log).toMatch(new RegExp(`✏️ <@${users.alice}> edited .*\n\\*\\*Before\\*\\* helo\n\\*\\*After\\*\\* hello`));
    expect(log).toContain(`🗑️ A message of <@${users.alice}> was deleted in <#${channels.general}>.\nhello`);
  });

  it('says what it can of what is not remembered, after a restart for one', async () => {
    const { actors } = rig.sandbox;
    const { id } = actors.say({ as: 'alice', text: 'long ago' });
    await rig.restart();
    const { client } = rig.bot;
    const mark = rig.sandbox.recorder.mark();
    const heard = new Promise((resolve) => client.once(Events.MessageUpdate, resolve));
    actors.edit({ as: 'alice', text: 'only just', messageId: id });
    await heard;
    for (const channel of client.channels.cache.values()) if (channel.isTextBased()) channel.messages.cache.clear();
    actors.delete({ as: 'alice', messageId: id });
    actors.leave({ as: 'moderator' }); // whom this run never saw
    await rig.posted(/left\./, mark);
    const log = postedIn(channels['mod-log'], mark).join('\n');
    expect(log).toContain('**Before** _not known any more_\n**After** only just');
    expect(log).toContain('A message that I no longer knew was deleted');
    expect(log).toMatch(/\(moderator, `\d+`\) left\./);
    actors.join({ as: 'moderator' });
  });

  it('makes one post of a burst, and one line of a purge', async () => {
    const mark = rig.sandbox.recorder.mark();
    const { world, actors } = rig.sandbox;
    const ids = Array.from({ length: 30 }, (_, index) => actors.say({ as: 'bob', text: `spam ${index}` }).id);
    world.messages.bulkDelete(channels.general, ids);
    const log = textOf(await rig.posted(/30 messages were deleted/, mark));
    expect(log).not.toContain('spam');
    const posts = postedIn(channels['mod-log'], mark).filter((text) => text.includes('deleted'));
    expect(posts).toHaveLength(1);
  });

  it('tells nothing of its own channel and of bots, and stops when told to', async () => {
    const mark = rig.sandbox.recorder.mark();
    const { actors, world } = rig.sandbox;
    actors.say({ as: 'alice', text: 'in the log', channel: 'mod-log' });
    actors.delete({ as: 'alice', channel: 'mod-log' });
    const answer = await rig.say('$logs activity');
    world.messages.delete(world.messages.get(channels.general, answer.id));
    actors.say({ as: 'alice', text: 'last words' });
    actors.delete({ as: 'alice' });
    await rig.posted(/last words/, mark);
    expect(postedIn(channels['mod-log'], mark).join('\n')).not.toMatch(/in the log|reported/);
    expect((await rig.say('$logs activity off')).content).toContain('no more');
    expect((await rig.say('$logs activity')).content).toContain('reported nowhere');
    expect(await rig.database.guildConfig.getById(guild)).toMatchObject({ activityLogChannelId: null });
  });

  it('is posted before the bot goes', async () => {
    await rig.say(`$logs activity <#${channels['mod-log']}>`);
    const mark = rig.sandbox.recorder.mark();
    await guildSettingsOf(rig.services).of(guild); // in memory from now on: the log takes note as soon as it hears
    const heard = new Promise((resolve) => rig.bot.client.once(Events.MessageDelete, resolve));
    rig.sandbox.actors.say({ as: 'bob', text: 'just before' });
    rig.sandbox.actors.delete({ as: 'bob' });
    await heard;
    await nextTurn();
    await rig.restart();
    expect(postedIn(channels['mod-log'], mark).join()).toContain('just before');
  });
});
