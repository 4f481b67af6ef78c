import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { rolePayload } from '../world/payloads.js';
import { requireAboveRole, requirePermission } from './authority.js';
import { bodyOf, noContent, param, type RestApp, type RestParts } from './rest-context.js';

const newRoleSchema = z.looseObject({
  name: z.string().max(100).default('new role'),
  permissions: z.string().regex(/^\d+$/).optional(),
  color: z.int().min(0).max(0xffffff).optional(),
});

/** `/guilds/:guild/roles`. */
export function roleRoutes(app: RestApp, { world }: RestParts): void {
  app.get('/guilds/:guild/roles', (c) => c.json(world.guild(param(c, 'guild')).roles.map(rolePayload)));

  app.post('/guilds/:guild/roles', (c) => {
    const { name, permissions, color } = bodyOf(c, newRoleSchema);
    requirePermission(world, world.guild(param(c, 'guild')), PermissionFlagsBits.ManageRoles);
    const role = world.roles.create(param(c, 'guild'), {
      name,
      ...(permissions !== undefined && { permissions }),
      ...(color !== undefined && { color }),
    });
    return c.json(rolePayload(role));
  });

  app.delete('/guilds/:guild/roles/:role', (c) => {
    const guild = world.guild(param(c, 'guild'));
    requirePermission(world, guild, PermissionFlagsBits.ManageRoles);
    requireAboveRole(world, guild, param(c, 'role'));
    world.roles.delete(guild.id, param(c, 'role'));
    return noContent(c);
  });
}
