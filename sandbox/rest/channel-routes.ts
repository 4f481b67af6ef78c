import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { SANDBOX_IDS } from '../ids.js';
import { requireChannelPermission } from './authority.js';
import { bodyOf, noContent, param, type RestApp, type RestParts } from './rest-context.js';

const channelChangeSchema = z.looseObject({
  name: z.string().min(1).max(100).optional(),
  topic: z.string().max(1_024).nullish(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
});

const permissionBits = z.union([z.string().regex(/^\d+$/), z.null()]).transform((bits) => bits ?? '0');
const overwriteSchema = z.looseObject({
  type: z.union([z.literal(0), z.literal(1)]),
  allow: permissionBits.default('0'),
  deny: permissionBits.default('0'),
});

/** `/channels/:channel` itself: its settings, who may do what, and "Tux is typing…". */
export function channelRoutes(app: RestApp, { world }: RestParts): void {
  app.get('/channels/:channel', (c) => c.json(world.channelPayload(world.channel(param(c, 'channel')))));

  app.patch('/channels/:channel', (c) => {
    const { name, topic, rate_limit_per_user } = bodyOf(c, channelChangeSchema);
    requireChannelPermission(world, world.channel(param(c, 'channel')), PermissionFlagsBits.ManageChannels);
    const channel = world.editChannel(param(c, 'channel'), {
      ...(name !== undefined && { name }),
      ...(topic !== undefined && { topic }),
      ...(rate_limit_per_user !== undefined && { slowmodeSeconds: rate_limit_per_user ?? 0 }),
    });
    return c.json(world.channelPayload(channel));
  });

  app.put('/channels/:channel/permissions/:overwrite', (c) => {
    const { type, allow, deny } = bodyOf(c, overwriteSchema);
    const channel = world.channel(param(c, 'channel'));
    requireChannelPermission(world, channel, PermissionFlagsBits.ManageRoles | BigInt(allow) | BigInt(deny));
    world.setOverwrite(channel.id, param(c, 'overwrite'), { type, allow, deny });
    return noContent(c);
  });

  app.delete('/channels/:channel/permissions/:overwrite', (c) => {
    const channel = world.channel(param(c, 'channel'));
    requireChannelPermission(world, channel, PermissionFlagsBits.ManageRoles);
    world.setOverwrite(channel.id, param(c, 'overwrite'), null);
    return noContent(c);
  });

  app.post('/channels/:channel/typing', (c) => {
    const { id, guildId } = world.channel(param(c, 'channel'));
    const d = {
      channel_id: id,
      ...(guildId !== null && { guild_id: guildId }),
      user_id: SANDBOX_IDS.bot,
      timestamp: Math.floor(world.clock.now() / 1000),
    };
    world.changed({ t: 'TYPING_START', d, isDirect: guildId === null });
    return noContent(c);
  });
}
