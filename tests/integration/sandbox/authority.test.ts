import { once } from 'node:events';
import { type Client, Events, type Guild, OverwriteType, PermissionFlagsBits, type TextChannel } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS, type Sandbox } from '../../../sandbox/index.js';
import { withBot } from './bot.js';

const { users, roles, channels } = SANDBOX_IDS;
const missingPermissions = { status: 403, code: 50_013 };

function guildOf(client: Client): Guild {
  const guild = client.guilds.cache.get(SANDBOX_IDS.guild);
  if (!guild) throw new Error('no guild');
  return guild;
}

const general = (client: Client) => guildOf(client).channels.cache.get(channels.general) as TextChannel;

function allowBot(sandbox: Sandbox, ...permissions: bigint[]): void {
  const bits = permissions.reduce((sum, bit) => sum | bit, 0n).toString();
  sandbox.world.roles.edit(SANDBOX_IDS.guild, roles.Tux, { permissions: bits });
}

describe('what the bot may do to people', () => {
  it('ends at the owner and at roles that are not below its own', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { members, bans } = guildOf(client);
      const { id: bossId } = sandbox.world.roles.create(SANDBOX_IDS.guild, { name: 'Boss', position: 3 });
      sandbox.world.members.edit(SANDBOX_IDS.guild, users.alice, { roleIds: [bossId] });
      for (const id of [users.owner, users.alice]) {
        await expect(members.kick(id)).rejects.toMatchObject(missingPermissions);
        await expect(bans.create(id)).rejects.toMatchObject(missingPermissions);
        const timeout = members.edit(id, { communicationDisabledUntil: Date.now() + 60_000 });
        await expect(timeout).rejects.toMatchObject(missingPermissions);
      }
      await expect(members.addRole({ user: users.bob, role: bossId })).rejects.toMatchObject(missingPermissions);
      await members.addRole({ user: users.bob, role: roles.Moderator });
      await members.kick(users.bob);
    });
  });

  it('takes the permission for it', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { members, bans } = guildOf(client);
      allowBot(sandbox, PermissionFlagsBits.KickMembers);
      await expect(bans.create(users.bob)).rejects.toMatchObject(missingPermissions);
      await expect(bans.fetch()).rejects.toMatchObject(missingPermissions);
      await expect(members.edit(users.bob, { communicationDisabledUntil: null })).rejects.toMatchObject(
        missingPermissions,
      );
      await expect(members.addRole({ user: users.bob, role: roles.Moderator })).rejects.toMatchObject(
        missingPermissions,
      );
      await members.kick(users.bob);
      allowBot(sandbox, PermissionFlagsBits.ModerateMembers, PermissionFlagsBits.BanMembers);
      await expect(members.kick(users.alice)).rejects.toMatchObject(missingPermissions);
      await members.edit(users.alice, { communicationDisabledUntil: Date.now() + 60_000 });
      await bans.create(users.alice, { reason: 'späm' });
      const banned = sandbox.recorder.requests.since().findLast(({ method }) => method === 'PUT');
      expect(banned?.auditReason).toBe('späm');
    });
  });

  it('does not include silencing an administrator', async () => {
    await withBot(async ({ sandbox, client }) => {
      const permissions = PermissionFlagsBits.Administrator.toString();
      sandbox.world.roles.edit(SANDBOX_IDS.guild, roles.Moderator, { permissions });
      const { members } = guildOf(client);
      const timeout = members.edit(users.moderator, { communicationDisabledUntil: Date.now() + 60_000 });
      await expect(timeout).rejects.toMatchObject(missingPermissions);
      await members.kick(users.moderator);
    });
  });
});

describe('what the bot may do in a channel', () => {
  it('follows the overwrites, which it may set as far as its own permissions go', async () => {
    await withBot(async ({ sandbox, client }) => {
      const channel = general(client);
      const { ManageRoles, ManageMessages, SendMessages } = PermissionFlagsBits;
      allowBot(sandbox, ManageRoles);
      const updated = once(client, Events.ChannelUpdate);
      await channel.permissionOverwrites.edit(SANDBOX_IDS.guild, { SendMessages: false }, { type: OverwriteType.Role });
      await updated;
      expect(channel.permissionOverwrites.cache.get(SANDBOX_IDS.guild)?.deny.has('SendMessages')).toBe(true);
      await expect(channel.send('hi')).rejects.toMatchObject(missingPermissions);
      expect(() => sandbox.actors.say({ as: 'alice', text: 'hi' })).toThrow('may not write');
      await expect(
        channel.permissionOverwrites.edit(users.bob, { ManageMessages: true }, { type: OverwriteType.Member }),
      ).rejects.toMatchObject(missingPermissions);
      const allow = SendMessages.toString();
      sandbox.world.setOverwrite(channel.id, SANDBOX_IDS.bot, { type: OverwriteType.Member, allow, deny: '0' });
      await channel.send('hi');
      await channel.permissionOverwrites.delete(SANDBOX_IDS.guild);
      const { id } = sandbox.actors.say({ as: 'alice', text: 'hi' });
      await expect(channel.messages.delete(id)).rejects.toMatchObject(missingPermissions);
      await expect(channel.bulkDelete([id, '300000000000000009'])).rejects.toMatchObject(missingPermissions);
      await expect(channel.setRateLimitPerUser(5)).rejects.toMatchObject(missingPermissions);
      allowBot(sandbox, ManageMessages);
      await channel.messages.delete(id);
      await expect(channel.permissionOverwrites.delete(users.bob)).rejects.toMatchObject(missingPermissions);
    });
  });

  it('is nothing at all in one that it does not see', async () => {
    await withBot(async ({ sandbox, client }) => {
      allowBot(sandbox);
      const deny = PermissionFlagsBits.ViewChannel.toString();
      sandbox.world.setOverwrite(channels.general, SANDBOX_IDS.guild, { type: OverwriteType.Role, allow: '0', deny });
      await expect(general(client).send('hi')).rejects.toMatchObject({ status: 403, code: 50_001 });
    });
  });

  it('does not include deleting in bulk what is older than 14 days', async () => {
    await withBot(async ({ client }) => {
      const ids = ['300000000000000008', '300000000000000009'];
      await expect(general(client).bulkDelete(ids)).rejects.toMatchObject({ status: 400, code: 50_034 });
    });
  });
});

describe('direct messages', () => {
  it('do not reach who blocks the bot, nor who shares no server with it', async () => {
    await withBot(async ({ sandbox, client }) => {
      sandbox.world.setBlocksBot(users.alice, true);
      await expect(client.users.send(users.alice, 'hi')).rejects.toMatchObject({ status: 403, code: 50_007 });
      sandbox.world.setBlocksBot(users.alice, false);
      await client.users.send(users.alice, 'hi');
      sandbox.world.members.remove(SANDBOX_IDS.guild, users.bob);
      await expect(client.users.send(users.bob, 'hi')).rejects.toMatchObject({ status: 403, code: 50_278 });
    });
  });
});
