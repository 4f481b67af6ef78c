import { Hono } from 'hono';
import { DiscordError } from '../discord-error.js';
import { accountRoutes } from './account-routes.js';
import { banRoutes } from './ban-routes.js';
import { channelRoutes } from './channel-routes.js';
import { commandRoutes } from './command-routes.js';
import { emojiRoutes } from './emoji-routes.js';
import { guildRoutes } from './guild-routes.js';
import { interactionRoutes } from './interaction-routes.js';
import { messageRoutes } from './message-routes.js';
import { API_PREFIX, pipeline } from './pipeline.js';
import { reactionRoutes } from './reaction-routes.js';
import type { RestApp, RestEnv, RestParts } from './rest-context.js';
import { roleRoutes } from './role-routes.js';
import { scheduledEventRoutes } from './scheduled-event-routes.js';

/** The REST interface of Discord, as far as a bot like Tux uses it. */
export function restApi(parts: RestParts): RestApp {
  const app = new Hono<RestEnv>().basePath(API_PREFIX);
  app.use('*', pipeline(parts));
  const groups = [
    accountRoutes,
    channelRoutes,
    messageRoutes,
    reactionRoutes,
    guildRoutes,
    roleRoutes,
    scheduledEventRoutes,
    banRoutes,
    interactionRoutes,
    commandRoutes,
    emojiRoutes,
  ];
  for (const addRoutes of groups) addRoutes(app, parts);
  app.all('*', (c) => c.json({ message: '404: Not Found', code: 0 }, 404));
  app.onError((error, c) => {
    if (error instanceof DiscordError) return c.json(error.toJSON(), error.status);
    return c.json({ message: `500: the sandbox failed: ${error.message}`, code: 0 }, 500);
  });
  return app;
}
