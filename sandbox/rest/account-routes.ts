import { z } from 'zod';
import { invalidField } from '../discord-error.js';
import { applicationFlags } from '../gateway/intents.js';
import { SANDBOX_IDS } from '../ids.js';
import { isSnowflake } from '../snowflake.js';
import { userPayload } from '../world/payloads.js';
import { bodyOf, param, type RestApp, type RestParts } from './rest-context.js';

/** Who the bot is, who others are, and where the gateway is. */
export function accountRoutes(app: RestApp, { world, gateway, sessionStartLimit, conditions }: RestParts): void {
  const bot = () => userPayload(world.user(SANDBOX_IDS.bot));

  app.get('/gateway', (c) => c.json({ url: gateway.url }));
  app.get('/gateway/bot', (c) =>
    c.json({ url: gateway.url, shards: 1, session_start_limit: { ...sessionStartLimit.current } }),
  );

  app.get('/users/:user', (c) => {
    const id = param(c, 'user') === '@me' ? SANDBOX_IDS.bot : param(c, 'user');
    if (!isSnowflake(id)) throw invalidField(['user_id'], 'NUMBER_TYPE_COERCE', `Value "${id}" is not snowflake.`);
    return c.json(userPayload(world.user(id)) as object);
  });

  app.post('/users/@me/channels', (c) => {
    const { recipient_id } = bodyOf(c, z.looseObject({ recipient_id: z.string() }));
    return c.json(world.channelPayload(world.directChannel(recipient_id)));
  });

  app.get('/applications/@me', (c) =>
    c.json({
      id: SANDBOX_IDS.application,
      name: 'Tux',
      icon: null,
      description: 'The bot under test',
      bot_public: false,
      bot_require_code_grant: false,
      verify_key: '',
      team: null,
      owner: userPayload(world.user(SANDBOX_IDS.users.owner)),
      bot: bot(),
      flags: applicationFlags(conditions.disallowedIntents),
      approximate_guild_count: world.guilds().length,
    } as object),
  );
}
