import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { unknown } from '../discord-error.js';
import { userPayload } from '../world/payloads.js';
import { requireAbove, requirePermission } from './authority.js';
import {
  auditReasonOf,
  bodyOf,
  noContent,
  param,
  type RestApp,
  type RestContext,
  type RestParts,
} from './rest-context.js';

const banSchema = z.looseObject({
  delete_message_seconds: z.number().int().min(0).max(604_800).optional(),
});

/** `/guilds/:guild/bans`. */
export function banRoutes(app: RestApp, { world }: RestParts): void {
  const guildOf = (c: RestContext) => {
    const guild = world.guild(param(c, 'guild'));
    requirePermission(world, guild, PermissionFlagsBits.BanMembers);
    return guild;
  };
  const banPayload = (userId: string, reason: string | null) => ({ user: userPayload(world.user(userId)), reason });

  app.get('/guilds/:guild/bans', (c) =>
    c.json(Object.entries(guildOf(c).bans).map(([userId, reason]) => banPayload(userId, reason))),
  );

  app.get('/guilds/:guild/bans/:user', (c) => {
    const reason = guildOf(c).bans[param(c, 'user')];
    if (reason === undefined) throw unknown.ban();
    return c.json(banPayload(param(c, 'user'), reason));
  });

  app.put('/guilds/:guild/bans/:user', (c) => {
    const { delete_message_seconds: seconds = 0 } = bodyOf(c, banSchema);
    const userId = world.user(param(c, 'user')).id;
    const guild = guildOf(c);
    if (guild.members[userId]) requireAbove(guild, userId);
    world.members.ban(guild.id, userId, auditReasonOf(c.req.header()) ?? null);
    if (seconds > 0) world.messages.deleteRecentBy(guild.id, userId, world.clock.now() - seconds * 1_000);
    return noContent(c);
  });

  app.delete('/guilds/:guild/bans/:user', (c) => {
    world.members.unban(guildOf(c).id, param(c, 'user'));
    return noContent(c);
  });
}
