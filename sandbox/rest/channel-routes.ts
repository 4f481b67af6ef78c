import { z } from 'zod';
import { SANDBOX_IDS } from '../ids.js';
import { bodyOf, noContent, param, type RestApp, type RestParts } from './rest-context.js';

const channelChangeSchema = z.looseObject({
  name: z.string().min(1).max(100).optional(),
  topic: z.string().max(1_024).nullish(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
});

/** `/channels/:channel` itself: its settings, and "Tux is typing…". */
export function channelRoutes(app: RestApp, { world }: RestParts): void {
  app.get('/channels/:channel', (c) => c.json(world.channelPayload(world.channel(param(c, 'channel')))));

  app.patch('/channels/:channel', (c) => {
    const { name, topic, rate_limit_per_user } = bodyOf(c, channelChangeSchema);
    const channel = world.editChannel(param(c, 'channel'), {
      ...(name !== undefined && { name }),
      ...(topic !== undefined && { topic }),
      ...(rate_limit_per_user !== undefined && { slowmodeSeconds: rate_limit_per_user ?? 0 }),
    });
    return c.json(world.channelPayload(channel));
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
