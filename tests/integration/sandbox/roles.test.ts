import { once } from 'node:events';
import { type Client, Events, type Guild, RESTJSONErrorCodes, type Role } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { withBot } from './bot.js';

function guildOf(client: Client): Guild {
  const guild = client.guilds.cache.get(SANDBOX_IDS.guild);
  if (!guild) throw new Error('no guild');
  return guild;
}

describe('roles', () => {
  it('are made, given, and taken from everybody when they are deleted', async () => {
    await withBot(async ({ sandbox, client }) => {
      const guild = guildOf(client);
      const announced = once(client, Events.GuildRoleCreate);
      const role = await guild.roles.create({ name: 'Helper', permissions: ['BanMembers'] });
      expect(((await announced) as [Role])[0]).toMatchObject({ id: role.id, name: 'Helper', position: 1 });
      const alice = await guild.members.fetch(SANDBOX_IDS.users.alice);
      const updated = once(client, Events.GuildMemberUpdate);
      await alice.roles.add(role);
      await updated;
      expect(alice.permissions.has('BanMembers')).toBe(true);

      const deleted = once(client, Events.GuildRoleDelete);
      await role.delete();
      expect(((await deleted) as [Role])[0].id).toBe(role.id);
      expect(sandbox.world.members.get(guild.id, alice.id).roleIds).toEqual([]);
      expect(alice.permissions.has('BanMembers')).toBe(false);
      const again = guild.roles.delete(role.id);
      await expect(again).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownRole });
    });
  });

  it('have what @everyone has when nothing else is said', async () => {
    await withBot(async ({ client }) => {
      const role = await guildOf(client).roles.create();
      expect(role).toMatchObject({ name: 'new role', permissions: guildOf(client).roles.everyone.permissions });
    });
  });
});
