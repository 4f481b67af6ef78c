import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snippetsCog } from '../../../bot/cogs/snippets/snippets-cog.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import type { MessageRecord } from '../../../sandbox/world/records.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { guild: GUILD, roles, users } = SANDBOX_IDS;

describe('the snippets', () => {
  let rig: CogRig;

  beforeAll(async () => {
    rig = await CogRig.create([{ name: 'snippets', load: async () => snippetsCog }]);
    // Bob may make snippets, Alice may not; the moderator may, too.
    rig.sandbox.world.members.addRole(GUILD, users.bob, roles.Moderator);
    await rig.database.permissions.setRank(GUILD, roles.Moderator, 1);
    for (const name of ['create', 'alias', 'edit', 'delete']) {
      await rig.database.permissions.setRequirement(GUILD, `snippet ${name}`, 1);
    }
    await rig.restart();
  }, 60_000);
  afterAll(() => rig.dispose());

  const isPost = ({ route }: { route: string }) => route === 'POST /channels/:id/messages';
  const isAnswerTo = (id: string, { message }: { message?: APIMessage }) =>
    message?.message_reference?.message_id === id;
  const answerTo = (id: string) => rig.sandbox.recorder.sightings.waitFor((seen) => isAnswerTo(id, seen));

  /** What Discord does when a bot comes back: the same event again. */
  function replay(message: MessageRecord): void {
    const d = rig.sandbox.world.messages.eventPayload(message);
    rig.sandbox.world.changed({ t: 'MESSAGE_CREATE', d, isDirect: false });
  }

  const usesOf = async (name: string) => (await rig.database.snippets.getByName(GUILD, name))?.uses;

  it('are made by who may, and called up by everybody, in both forms and whatever the case', async () => {
    expect((await rig.say('$snippet create Rules Be kind.\n"Really."', { as: 'bob' })).content).toContain('`$s rules`');
    for (const line of ['$snippet rules', '$s RULES', '$snippet show rules', `<@${SANDBOX_IDS.bot}> s rules`]) {
      expect((await rig.say(line, { as: 'alice' })).content).toBe('Be kind.\n"Really."');
    }
    expect((await rig.slash('snippet show', { name: 'Rules' }, { as: 'alice' })).content).toBe('Be kind.\n"Really."');
    expect(await usesOf('rules')).toBe(5);
    expect((await rig.say('$snippet create mine Hello', { as: 'alice' })).content).toContain('rank 1');
  });

  it('count a use once, also when the message comes again after a restart', async () => {
    await rig.say('$snippet create counted Once.');
    const message = rig.sandbox.actors.say({ text: '$s counted', as: 'alice' });
    await answerTo(message.id);
    await rig.restart();
    const mark = rig.sandbox.recorder.mark();
    replay(message);
    await rig.sandbox.recorder.waitForRequest(isPost, { after: mark });
    await rig.say('$s counted'); // sent after the second answer
    expect(await usesOf('counted')).toBe(2);
    const answers = rig.sandbox.recorder.sightings.since().filter((one) => isAnswerTo(message.id, one));
    expect(answers).toHaveLength(1);
  });

  it('notify nobody, whatever they say', async () => {
    await rig.say(`$snippet create loud @everyone <@${users.alice}> <@&${roles.Moderator}>`);
    const mark = rig.sandbox.recorder.mark();
    expect((await rig.say('$s loud')).content).toContain('@everyone');
    const { body } = await rig.sandbox.recorder.waitForRequest(isPost, { after: mark });
    expect(body).toMatchObject({ allowed_mentions: { parse: [], users: [], replied_user: false } });
  });

  it('have names of their own', async () => {
    await rig.say('$snippet create taken First.');
    expect((await rig.say('$snippet create TAKEN Second.')).content).toContain('There is a snippet `taken` already');
    expect((await rig.say('$snippet create list Nope.')).content).toContain('sub-command');
    expect((await rig.say('$snippet create <@1> Nope.')).content).toContain('1 to 50 letters');
    expect((await rig.slash('snippet create', { name: 'x'.repeat(50), text: 'y'.repeat(2_000) })).content).toContain(
      '✅',
    );
    expect((await rig.say(`$s ${'x'.repeat(50)}`)).content).toBe('y'.repeat(2_000));
    expect((await rig.say(`$snippet create ${'z'.repeat(51)} Long.`)).content).toContain('at most 50');
  });

  it('are made once by a command that is handled twice', async () => {
    const message = rig.sandbox.actors.say({ text: '$snippet create twice Text.', as: 'bob' });
    const first = await answerTo(message.id);
    await rig.restart();
    replay(message);
    const again = await rig.sandbox.recorder.waitForRequest(isPost, { after: first.seq });
    expect(again.body).toMatchObject({ content: expect.stringContaining('`twice` is there') });
  });

  it('are changed by their author and by who manages the server', async () => {
    await rig.say('$snippet create bobs Bob was here.', { as: 'bob' });
    expect((await rig.say('$snippet edit bobs Nobody was.', { as: 'moderator' })).content).toContain('only the author');
    expect((await rig.say('$snippet delete bobs', { as: 'moderator' })).content).toContain('only the author');
    expect((await rig.slash('snippet edit', { name: 'BOBS', text: 'Bob is back.' }, { as: 'bob' })).content).toContain(
      '✅',
    );
    expect((await rig.say('$s bobs')).content).toBe('Bob is back.');
    expect((await rig.say('$snippet delete bobs', { as: 'owner' })).content).toBe('✅ `bobs` is deleted.');
  });

  it('have other names, which lead to the text itself and go with it', async () => {
    await rig.say('$snippet create install Use npm.', { as: 'bob' });
    expect((await rig.say('$snippet alias i install', { as: 'bob' })).content).toContain(
      '`i` is another name of `install`',
    );
    expect((await rig.say('$snippet alias ii I', { as: 'bob' })).content).toContain('another name of `install`');
    expect((await rig.say('$snippet alias ii install', { as: 'moderator' })).content).toContain('already');
    expect((await rig.say('$snippet alias x nothing', { as: 'bob' })).content).toContain('no snippet of that name');
    expect((await rig.say('$s II')).content).toBe('Use npm.');
    expect((await rig.say('$snippet edit i Other.', { as: 'bob' })).content).toContain('Edit `install`');
    const info = textOf(await rig.say('$snippet info install'));
    for (const part of [`<@${users.bob}>`, 'used once', '`i`, `ii`']) expect(info).toContain(part);
    expect(textOf(await rig.slash('snippet info', { name: 'i' }))).toContain('Stands for\n`install`');
    expect((await rig.say('$snippet delete install', { as: 'bob' })).content).toContain('its other names: `i`, `ii`');
    expect((await rig.say('$s ii')).content).toContain('no snippet of that name');
  });

  it('are listed page by page, also after a restart', async () => {
    const guild = { guildId: GUILD, authorId: users.bob, content: 'x' };
    for (let n = 10; n < 50; n += 1) await rig.database.snippets.create({ ...guild, name: `page-${n}` });
    const first = textOf(await rig.say('$snippet list'));
    expect(first).toMatch(/Page 1 of 3/);
    await rig.restart();
    const second = textOf(await rig.click('Next ▶', { as: 'alice' }));
    expect(second).toMatch(/Page 2 of 3/);
    expect(textOf(await rig.click('◀ Back'))).toBe(first);
    const names = (text: string) => [...text.matchAll(/^`([^`]+)`/gm)].map(([, name]) => name);
    const third = textOf(await rig.slash('snippet list', { page: '3' }));
    const all = [...names(first), ...names(second), ...names(third)];
    expect(all).toEqual((await rig.database.snippets.list(GUILD, { limit: 500 })).map(({ name }) => name));
  });

  it('are suggested while somebody types, and when the name is nearly right', async () => {
    for (const name of ['linux', 'arch-linux', 'gnu']) {
      await rig.database.snippets.create({ guildId: GUILD, name, content: 'x', authorId: users.bob });
    }
    const [group] = snippetsCog.commands;
    const show = group?.kind === 'group' ? group.commands.find(({ name }) => name === 'show') : undefined;
    const suggest = (typed: string, guildId: string | null) =>
      show?.options.name?.suggest?.({ services: rig.services, userId: users.alice, guildId, typed });
    expect(await suggest('LIN', GUILD)).toEqual(['linux', 'arch-linux']);
    expect(await suggest('lin', '1')).toEqual([]);
    expect(await suggest('lin', null)).toEqual([]);
    expect((await rig.say('$s linu')).content).toContain('Did you mean `linux`, `arch-linux`?');
    expect((await rig.say('$s ???')).content).toContain('See `/snippet list`');
  });

  it('are at most 500 in a server', async () => {
    const has = await rig.database.snippets.count(GUILD);
    const snippet = { guildId: GUILD, authorId: users.bob, content: 'x' };
    for (let n = has; n < 500; n += 1) await rig.database.snippets.create({ ...snippet, name: `full-${n}` });
    expect((await rig.say('$snippet create more Text.')).content).toContain('500 snippets already');
    expect((await rig.say('$snippet alias more linux')).content).toContain('500 snippets already');
    expect((await rig.say('$snippet create linux Text.')).content).toContain('There is a snippet `linux` already');
  });

  it('say so when the database is away, and work when it is back', async () => {
    await rig.database.close();
    expect((await rig.say('$s linux')).content).toMatch(/my database|something went wrong/i);
    await rig.database.connect(AbortSignal.timeout(20_000));
    expect((await rig.say('$s linux')).content).toBe('x');
  });
});
