import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { SANDBOX_IDS } from '../ids.js';
import { compareSnowflakes } from '../snowflake.js';
import { emojiPayload, guildPayload } from '../world/payloads.js';
import type { GuildRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import { requireAbove, requireAboveRole, requireNoAdministrator, requirePermission } from './authority.js';
import { bodyOf, noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

const memberChangeSchema = z.looseObject({
  communication_disabled_until: z.iso.datetime({ offset: true }).nullish(),
  roles: z.array(z.string()).nullish(),
  nick: z.string().max(32).nullish(),
});

/** Whose username or nickname begins so, as Discord's search has it. */
function memberIdsByName(world: World, { members }: GuildRecord, query: string): string[] {
  const begins = (name: string | null) => name?.toLowerCase().startsWith(query.toLowerCase()) ?? false;
  return Object.values(members)
    .filter(({ userId, nick }) => begins(world.user(userId).name) || begins(nick))
    .map(({ userId }) => userId);
}

/** `/guilds/:guild`: channels and members. */
export function guildRoutes(app: RestApp, { world }: RestParts): void {
  const guildOf = (c: RestContext) => world.guild(param(c, 'guild'));
  const userIdOf = (c: RestContext) => (param(c, 'user') === '@me' ? SANDBOX_IDS.bot : param(c, 'user'));

  const checkRole = (c: RestContext) => {
    requirePermission(world, guildOf(c), PermissionFlagsBits.ManageRoles);
    requireAboveRole(world, guildOf(c), param(c, 'role'));
  };

  app.get('/guilds/:guild', (c) => c.json(guildPayload(guildOf(c)) as object));
  app.get('/guilds/:guild/channels', (c) =>
    c.json(world.channelsOf(guildOf(c).id).map((channel) => world.channelPayload(channel))),
  );

  app.get('/guilds/:guild/emojis', (c) => c.json(guildOf(c).emojis.map(emojiPayload) as object));

  app.get('/guilds/:guild/members', (c) => {
    const { after = '0', limit = '1' } = c.req.query();
    const ids = Object.keys(guildOf(c).members).sort(compareSnowflakes);
    const page = ids.filter((id) => compareSnowflakes(id, after) > 0).slice(0, Math.min(1_000, Number(limit)));
    return c.json(page.map((id) => world.memberWithUser(guildOf(c), id)));
  });

  app.get('/guilds/:guild/members/search', (c) => {
    const { query = '', limit = '1' } = c.req.query();
    const found = memberIdsByName(world, guildOf(c), query).slice(0, Math.min(1_000, Number(limit)));
    return c.json(found.map((id) => world.memberWithUser(guildOf(c), id)));
  });

  app.get('/guilds/:guild/members/:user', (c) => c.json(world.memberWithUser(guildOf(c), userIdOf(c))));

  app.patch('/guilds/:guild/members/:user', (c) => {
    const change = bodyOf(c, memberChangeSchema);
    const guild = guildOf(c);
    const { userId } = world.members.get(guild.id, userIdOf(c));
    if (userId !== SANDBOX_IDS.bot) requireAbove(guild, userId);
    if (change.roles !== undefined) requirePermission(world, guild, PermissionFlagsBits.ManageRoles);
    if (change.communication_disabled_until !== undefined) {
      requirePermission(world, guild, PermissionFlagsBits.ModerateMembers);
      if (change.communication_disabled_until) requireNoAdministrator(world, guild, userId);
    }
    world.members.edit(guild.id, userIdOf(c), {
      ...(change.roles !== undefined && { roleIds: change.roles ?? [] }),
      ...(change.nick !== undefined && { nick: change.nick }),
      ...(change.communication_disabled_until !== undefined && { timedOutUntil: change.communication_disabled_until }),
    });
    return c.json(world.memberWithUser(guild, userIdOf(c)));
  });

  app.delete('/guilds/:guild/members/:user', (c) => {
    const guild = guildOf(c);
    const { userId } = world.members.get(guild.id, userIdOf(c));
    requirePermission(world, guild, PermissionFlagsBits.KickMembers);
    requireAbove(guild, userId);
    world.members.remove(guild.id, userId);
    return noContent(c);
  });

  app.put('/guilds/:guild/members/:user/roles/:role', (c) => {
    checkRole(c);
    world.members.addRole(guildOf(c).id, userIdOf(c), param(c, 'role'));
    return noContent(c);
  });

  app.delete('/guilds/:guild/members/:user/roles/:role', (c) => {
    checkRole(c);
    world.members.removeRole(guildOf(c).id, userIdOf(c), param(c, 'role'));
    return noContent(c);
  });
}
