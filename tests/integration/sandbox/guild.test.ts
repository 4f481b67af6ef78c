import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, Events, type Guild, RESTJSONErrorCodes, type TextChannel } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { withBot, withSandbox } from './bot.js';

const { users, roles, channels } = SANDBOX_IDS;

function guildOf(client: Client): Guild {
  const guild = client.guilds.cache.get(SANDBOX_IDS.guild);
  if (!guild) throw new Error('no guild');
  return guild;
}

function general(client: Client): TextChannel {
  return guildOf(client).channels.cache.get(channels.general) as TextChannel;
}

describe('moderation', () => {
  it('bans with a reason, deletes what was said, and lifts the ban', async () => {
    await withBot(async ({ sandbox, client }) => {
      sandbox.actors.say({ as: 'bob', text: 'spam' });
      const guild = guildOf(client);
      const removed = once(client, Events.GuildMemberRemove);
      await guild.members.fetch(users.bob);
      await guild.bans.create(users.bob, { reason: 'späm & more', deleteMessageSeconds: 60 });
      await removed;
      expect((await guild.bans.fetch(users.bob)).reason).toBe('späm & more');
      expect((await guild.bans.fetch()).size).toBe(1);
      expect(sandbox.world.messages.list(channels.general)).toEqual([]);
      expect(() => sandbox.actors.say({ as: 'bob', text: 'again' })).toThrow('banned');
      await guild.bans.remove(users.bob);
      await expect(guild.bans.fetch(users.bob)).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownBan });
      const joined = once(client, Events.GuildMemberAdd);
      sandbox.actors.say({ as: 'bob', text: 'back' });
      await joined;
    });
  });

  it('times out and kicks', async () => {
    await withBot(async ({ sandbox, client }) => {
      const alice = await guildOf(client).members.fetch(users.alice);
      const updated = once(client, Events.GuildMemberUpdate); // discord.js changes what it has cached when it hears this
      await alice.timeout(60_000, 'calm down');
      await updated;
      expect(alice.isCommunicationDisabled()).toBe(true);
      expect(() => sandbox.actors.say({ as: 'alice', text: 'but' })).toThrow('timed out');
      await alice.timeout(null);
      sandbox.actors.say({ as: 'alice', text: 'thanks' });
      await alice.kick();
      const again = guildOf(client).members.fetch({ user: users.alice, force: true });
      await expect(again).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownMember });
    });
  });

  it('gives and takes roles, which changes permissions', async () => {
    await withBot(async ({ client }) => {
      const alice = await guildOf(client).members.fetch(users.alice);
      const updated = once(client, Events.GuildMemberUpdate);
      await alice.roles.add(roles.Moderator);
      await updated;
      expect(alice.permissions.has('BanMembers')).toBe(true);
      await alice.roles.remove(roles.Moderator);
      await expect(alice.roles.add('400000000000000099')).rejects.toMatchObject({
        code: RESTJSONErrorCodes.UnknownRole,
      });
      await alice.roles.set([roles.Moderator]);
      await alice.setNickname('Al');
      expect((await alice.fetch(true)).displayName).toBe('Al');
      expect((await guildOf(client).members.list({ limit: 10 })).size).toBe(5);
    });
  });

  it('sets the slow mode of a channel', async () => {
    await withBot(async ({ client }) => {
      const updated = once(client, Events.ChannelUpdate);
      await general(client).setRateLimitPerUser(5);
      await updated;
      expect(general(client).rateLimitPerUser).toBe(5);
    });
  });
});

describe('messages', () => {
  it('are edited, fetched page by page, and deleted one by one or in bulk', async () => {
    await withBot(async ({ sandbox, client }) => {
      const channel = general(client);
      for (const text of ['a', 'b', 'c', 'd']) await channel.send(text);
      const newest = await channel.messages.fetch({ limit: 2 });
      expect(newest.map(({ content }) => content)).toEqual(['d', 'c']);
      const older = await channel.messages.fetch({ limit: 5, before: newest.lastKey() ?? '' });
      expect(older.map(({ content }) => content)).toEqual(['b', 'a']);
      const later = await channel.messages.fetch({ limit: 1, after: older.firstKey() ?? '' });
      expect(later.map(({ content }) => content)).toEqual(['c']);
      const around = await channel.messages.fetch({ limit: 3, around: older.firstKey() ?? '' });
      expect(around.map(({ content }) => content)).toEqual(['c', 'b', 'a']);
      await newest.first()?.edit('D');
      await newest.last()?.delete();
      const deleted = once(client, Events.MessageBulkDelete);
      await channel.bulkDelete([...older.keys()]);
      await deleted;
      expect(sandbox.world.messages.list(channel.id).map(({ content }) => content)).toEqual(['D']);
      const foreign = await channel.messages.fetch(sandbox.actors.say({ text: 'mine' }).id);
      await expect(foreign.edit('yours')).rejects.toMatchObject({ code: 50005 });
    });
  });

  it.each([
    ['no content', {}, RESTJSONErrorCodes.CannotSendAnEmptyMessage],
    ['2,001 characters', { content: 'x'.repeat(2_001) }, RESTJSONErrorCodes.InvalidFormBodyOrContentType],
    ['too long an embed', { embeds: [{ description: 'x'.repeat(4_097) }] }, 50035],
    [
      '6,001 characters in an embed',
      { embeds: [{ fields: Array(6).fill({ name: 'n', value: 'x'.repeat(1_000) }) }] },
      50035,
    ],
    ['a reply to nothing', { content: 'x', reply: { messageReference: '1'.repeat(18) } }, 50035],
  ])('with %s are refused', async (_, payload, code) => {
    await withBot(async ({ client }) => {
      await expect(general(client).send(payload)).rejects.toMatchObject({ status: 400, code });
    });
  });

  it('carry reactions', async () => {
    await withBot(async ({ sandbox, client }) => {
      const message = await general(client).send('vote');
      const reaction = await message.react('👍');
      expect(sandbox.world.messages.get(message.channelId, message.id).reactions).toMatchObject([{ emojiName: '👍' }]);
      await reaction.users.remove();
      expect(sandbox.world.messages.get(message.channelId, message.id).reactions).toEqual([]);
      await general(client).sendTyping();
    });
  });
});

describe('the application', () => {
  it('has an owner and emojis of its own', async () => {
    await withBot(async ({ client }) => {
      const application = await client.application.fetch();
      expect(application.owner).toMatchObject({ id: users.owner });
      const attachment = `data:image/png;base64,${Buffer.from('png').toString('base64')}`;
      const emoji = await application.emojis.create({ name: 'tux', attachment });
      await emoji.setName('penguin');
      expect((await application.emojis.fetch()).map(({ name }) => name)).toEqual(['penguin']);
      await emoji.delete();
      await expect(application.emojis.fetch(emoji.id, { force: true })).rejects.toMatchObject({ code: 10014 });
      expect((await client.users.fetch(users.bob, { force: true })).username).toBe('bob');
    });
  });
});

describe('a world that is kept in a file', () => {
  it('survives a restart of the sandbox with messages, nonces, commands, members and bans', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-sandbox-'));
    const dataFile = join(folder, 'world', 'sandbox.json');
    try {
      let sent = '';
      await withBot(
        async ({ client }) => {
          sent = (await general(client).send({ content: 'kept', nonce: 'n', enforceNonce: true })).id;
          await client.application.commands.set([{ name: 'kept', description: 'Kept' }]);
          await guildOf(client).bans.create(users.bob);
        },
        { dataFile },
      );
      await withBot(
        async ({ sandbox, client }) => {
          const again = await general(client).send({ content: 'kept', nonce: 'n', enforceNonce: true });
          expect(again.id).toBe(sent);
          expect((await client.application.commands.fetch()).map(({ name }) => name)).toEqual(['kept']);
          expect(() => sandbox.actors.say({ as: 'bob', text: 'hi' })).toThrow('banned');
          expect(BigInt((await general(client).send('newer')).id)).toBeGreaterThan(BigInt(sent));
        },
        { dataFile },
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('starts anew without one', async () => {
    await withSandbox(async (sandbox) => {
      expect(sandbox.world.messages.list(channels.general)).toEqual([]);
    });
  });
});
