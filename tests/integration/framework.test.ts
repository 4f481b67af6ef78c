import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_IDS, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { systemClock } from '../../shared/clock.js';
import { BotRun } from '../support/bot-run.js';
import { Conversation } from '../support/conversation.js';
import { emptyPermissionStore, FakeGuildConfig } from '../support/framework-fakes.js';

const never = new AbortController().signal;

describe('the cogs, in both forms', () => {
  let sandbox: Sandbox;
  let people: Conversation;
  let folder: string;
  let database: object;
  let bot: BotRun;

  beforeAll(async () => {
    sandbox = await startSandbox();
    people = new Conversation(sandbox);
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-framework-'));
    database = { ping: async () => 3, guildConfig: new FakeGuildConfig(), permissions: emptyPermissionStore };
    bot = new BotRun({ sandbox, folder, database });
    await bot.start();
  });
  afterEach(async () => {
    await bot.stop();
    await rm(folder, { recursive: true });
  });

  async function restartBot(): Promise<void> {
    await bot.stop();
    bot = new BotRun({ sandbox, folder, database });
    await bot.start();
  }

  type Person = 'owner' | 'alice';

  const say = (text: string, as: Person = 'owner', channel = 'general') => people.say(text, { as, channel });
  const slash = (path: string, options: Record<string, string> = {}, as: Person = 'owner') =>
    people.slash(path, options, { as });

  const posted = (content: RegExp) => people.posted(content);

  it('ping shows both latencies', async () => {
    const expected = '🏓 Pong! Gateway: 12 ms · Database: 3 ms';
    expect((await say('$ping')).content).toBe(expected);
    expect((await slash('ping')).content).toBe(expected);
    expect((await say('$ping', 'alice', 'dm')).content).toBe(expected);
  });

  it('ping says so when the database is down', async () => {
    Object.assign(bot.services.database, { ping: async () => Promise.reject(new Error('down')) });
    expect((await say('$ping')).content).toContain('Database: ❌ no answer');
  });

  it('help lists every command by cog and explains one in both forms', async () => {
    for (const message of [await say('$help'), await slash('help'), await say(`<@${SANDBOX_IDS.bot}>`)]) {
      const headings = message.embeds[0]?.description?.match(/^\*\*.+\*\*$/gm);
      expect(headings).toEqual(
        expect.arrayContaining(['**Admin**', '**Config**', '**Info**', '**Queue**', '**Utility**']),
      );
      expect(message.embeds[0]?.description).toContain('`admin restart`');
    }
    expect((await say('$help admin')).embeds[0]?.description).toContain(
      '`$admin restart [reason…]` – Restarts the bot',
    );
    for (const message of [await say('$help admin restart'), await slash('help', { command: '/admin restart' })]) {
      expect(message.embeds[0]).toMatchObject({ title: 'admin restart' });
      expect(message.embeds[0]?.fields?.[0]?.value).toBe('`$admin restart [reason…]`\n`/admin restart [reason:…]`');
    }
    expect((await say('$help remind')).embeds[0]?.description).toContain('`$remind me <when> <text…>`');
    expect((await say('$help nothing')).content).toBe('⚠️ I know no such command.\n💡 See `$help`.');
  });

  it('prefix shows and changes the prefix, for those who manage the server', async () => {
    expect((await say('$prefix', 'alice')).content).toContain('The prefix here is `$`');
    expect((await say('$prefix !', 'alice')).content).toBe(
      'Sorry, you need the permission **Manage Server** for that.',
    );
    expect((await say('$prefix "a b"')).content).toContain('A prefix has 1 to 10 characters');
    expect((await say('$prefix !')).content).toBe('✅ The prefix is `!` now.');
    expect((await say('!prefix')).content).toContain('The prefix here is `!`');
    await restartBot();
    expect((await say('!ping')).content).toContain('Pong');
    expect((await slash('prefix', { new: '$' })).content).toBe('✅ The prefix is `$` now.');
    expect((await say('$prefix', 'alice', 'dm')).content).toBe('That works only in a server, not in direct messages.');
  });

  it('remind reminds, lists and cancels', async () => {
    expect((await say('$remind 1s green tea', 'alice')).content).toMatch(/^⏰ I will remind you <t:\d+:R>: green tea/);
    expect((await posted(/^⏰ <@\d+> green tea$/)).content).toBe(`⏰ <@${SANDBOX_IDS.users.alice}> green tea`);
    await slash('remind me', { when: '2 days', text: 'black tea' }, 'alice');
    const list = await slash('remind list', {}, 'alice');
    expect(list.content).toContain('black tea');
    expect(list.flags).toBe(64);
    const id = /`(\w{26})` .*black tea/.exec(list.content)?.[1] ?? '';
    expect((await say(`$remind cancel ${id}`, 'owner')).content).toContain('You have no reminder with that id');
    expect((await say(`$remind cancel ${id.toLowerCase()}`, 'alice')).content).toBe('✅ Cancelled.');
    expect((await say('$remind list', 'alice')).content).toBe('You have no reminders.');
    expect((await say('$remind soon tea')).content).toContain('Usage: `$remind me <when> <text…>`');
    expect((await slash('remind me', { when: 'soon', text: 'tea' })).content).toContain(
      'Usage: `/remind me when:… text:…`',
    );
  });

  it('a reminder outlives a restart and mentions only the user who asked for it', async () => {
    await say('$remind 2s @everyone look', 'alice');
    await restartBot();
    const message = await posted(/^⏰ <@\d+> @everyone look$/);
    const request = sandbox.recorder.requests
      .since()
      .find(({ body }) => (body as APIMessage | null)?.content === message.content);
    expect(request?.body).toMatchObject({
      allowed_mentions: { parse: [], users: [SANDBOX_IDS.users.alice] },
      enforce_nonce: true,
    });
  });

  it('admin is for owners: everybody else is refused politely', async () => {
    for (const command of ['status', 'restart', 'shutdown']) {
      expect((await say(`$admin ${command}`, 'alice')).content).toBe('Sorry, only the owners of this bot can do that.');
      const refusal = await slash(`admin ${command}`, {}, 'alice');
      expect(refusal).toMatchObject({ content: 'Sorry, only the owners of this bot can do that.', flags: 64 });
    }
    expect(bot.requests).toEqual([]);
    expect(bot.logger.events().filter((event) => event === 'command:refused')).toHaveLength(6);
  });

  it('admin shows the status, restarts and shuts down, and says so first', async () => {
    const owner = SANDBOX_IDS.users.owner;
    for (const { embeds } of [await say('$admin status'), await slash('admin status')]) {
      expect(embeds[0]).toMatchObject({ title: '✅ RUNNING', footer: { text: 'Run run-1' } });
      expect(embeds[0]?.fields).toContainEqual(
        expect.objectContaining({ name: 'Services', value: '✅ database: running' }),
      );
    }
    expect((await say('$admin restart new version')).content).toBe('🔄 Restarting…');
    const { id } = await slash('admin shutdown');
    expect((await people.click('Shut down', { messageId: id })).content).toBe('👋 Shutting down…');
    await bot.dispatcher.drain(never);
    expect(bot.requests).toEqual([
      ['restart', owner, 'new version'],
      ['shutdown', owner, 'shutdown asked for in Discord by owner'],
    ]);
    expect((await say('$admin')).content).toContain('`$admin` needs a sub-command');
  });

  it('queue runs jobs and lists them', async () => {
    const answer = await say('$queue add 0 first', 'alice');
    const id = /`(\w{26})`/.exec(answer.content)?.[1];
    expect((await posted(/^✅ Job .* done: first$/)).content).toBe(`✅ Job \`${id}\` done: first`);
    await slash('queue add', { seconds: '3600', text: 'long one' }, 'alice');
    expect((await say('$queue list')).content).toMatch(/(running|queued): long one/);
    expect((await slash('queue list')).content).toMatch(/(running|queued): long one/);
    expect((await say('$queue add many')).content).toContain('I expected a whole number from 0 to 3600');
  });

  it('a job outlives a restart', async () => {
    await say('$queue add 1 survivor');
    await restartBot();
    await posted(/^✅ Job .* done: survivor$/);
  });

  it('the buttons of a panel work in a later run, which also brings the panel up to date', async () => {
    const panel = await slash('queue panel');
    await say('$queue panel');
    expect(panel.embeds[0]?.title).toBe('Job queue: 0');
    await slash('queue add', { seconds: '3600', text: 'waiting' });
    await restartBot();
    expect(await bot.services.liveViews.rehydrate(never)).toEqual({ restored: 2, pruned: 0, kept: 0 });
    const restored = sandbox.world.messages.get(panel.channel_id, panel.id);
    expect(restored.embeds[0]).toMatchObject({ title: 'Job queue: 1' });
    const clicking = { messageId: panel.id, as: 'alice' };
    expect((await people.click('Add job', clicking)).embeds[0]?.title).toBe('Job queue: 2');
    expect((await people.click('Refresh', clicking)).id).toBe(panel.id);
  });

  it('forgets a panel that was deleted', async () => {
    const panel = await say('$queue panel');
    await bot.dispatcher.drain(never); // the panel is remembered after it was posted
    sandbox.world.messages.delete(sandbox.world.messages.get(panel.channel_id, panel.id));
    expect(await bot.services.liveViews.rehydrate(never)).toEqual({ restored: 0, pruned: 1, kept: 0 });
  });

  it('defers a slow slash command and fills the answer in', async () => {
    const delayed = systemClock.sleep(2_300).then(() => 3);
    Object.assign(bot.services.database, { ping: () => delayed });
    const slow = sandbox.actors.slash({ command: ['ping'] });
    await sandbox.recorder.sightings.waitFor((seen) => seen.interactionId === slow.id && seen.kind === 'deferred');
    expect((await people.answerTo(slow.id)).content).toContain('Pong');
  });

  it('refuses in both forms while it shuts down', async () => {
    bot.dispatcher.close();
    const closing = '🔄 Tux is restarting, try again in a few seconds.';
    expect((await say('$ping')).content).toBe(closing);
    expect((await slash('ping')).content).toBe(closing);
  });

  it('registers the slash commands once over two runs', async () => {
    const before = sandbox.recorder.counters.commandPuts;
    await restartBot();
    expect(sandbox.recorder.counters.commandPuts).toBe(before);
  });
});
