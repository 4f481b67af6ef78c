import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { isTuxError } from '../../shared/errors.js';
import type { Actors } from '../actors/actors.js';
import type { Organizer } from '../actors/organizer.js';
import { findChannel } from '../actors/places.js';
import { DiscordError } from '../discord-error.js';
import type { Faults } from '../faults/faults.js';
import type { Gateway } from '../gateway/gateway.js';
import type { SessionStartLimit } from '../gateway/session-start-limit.js';
import { SANDBOX_IDS } from '../ids.js';
import type { Interaction } from '../interactions/interactions.js';
import type { Entry } from '../record/journal.js';
import type { Recorder } from '../record/recorder.js';
import type { RestEnv } from '../rest/rest-context.js';
import { messagePayload } from '../world/message-payload.js';
import { scheduledEventPayload, userPayload } from '../world/payloads.js';
import type { MessageRecord, ScheduledEventRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import type { Sighting } from '../world/world-events.js';
import { faultRequests } from './fault-requests.js';

/** The parts of a sandbox that its control API shows and changes. */
export interface ControlParts {
  readonly world: World;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly actors: Actors;
  readonly organizer: Organizer;
  readonly gateway: Gateway;
  readonly sessionStartLimit: SessionStartLimit;
}

const acting = { as: z.string().min(1).optional(), channel: z.string().min(1).optional() };
const saySchema = z.strictObject({ ...acting, text: z.string().min(1).max(4_000), replyTo: z.string().optional() });
const slashSchema = z.strictObject({
  ...acting,
  command: z.array(z.string().min(1)).min(1).max(3),
  options: z.record(z.string(), z.coerce.string()).optional(),
});
const suggestSchema = slashSchema.extend({ option: z.string().min(1), typed: z.string() });
const clickSchema = z.strictObject({
  ...acting,
  button: z.string().min(1),
  messageId: z.string().optional(),
  values: z.array(z.string()).optional(),
});
const editSchema = z.strictObject({
  ...acting,
  text: z.string().min(1).max(4_000),
  messageId: z.string().optional(),
});
const deleteSchema = z.strictObject({ ...acting, messageId: z.string().optional() });
const memberSchema = z.strictObject({ as: acting.as });
const ms = z.number().int().positive();
const newEventSchema = z.strictObject({
  as: acting.as,
  name: z.string().min(1).max(100),
  place: z.string().min(1).max(100).optional(),
  startsInMs: ms,
  durationMs: ms.optional(),
});
const movedEventSchema = z.strictObject({ as: acting.as, event: z.string().min(1), startsInMs: ms });
const cancelledEventSchema = z.strictObject({ as: acting.as, event: z.string().min(1) });
const messagesQuery = z.object({
  channel: z.string().default('general'),
  after: z.string().regex(/^\d+$/).default('0'),
});
const requestsQuery = z.object({ route: z.string().optional(), after: z.coerce.number().int().default(0) });
const streamQuery = z.object({ after: z.coerce.number().int().optional() });

/** `/control`: act as the people of the sandbox, watch, and break things. JSON in and out; errors are `{error, hint?}`. */
export function controlApi(parts: ControlParts): Hono<RestEnv> {
  const app = new Hono<RestEnv>().basePath('/control');
  actRoutes(app, parts);
  organizeRoutes(app, parts);
  watchRoutes(app, parts);
  app.get('/faults', (c) => c.json({ faults: Object.keys(faultRequests) }));
  app.post('/faults/:name', async (c) => {
    const request = faultRequests[c.req.param('name')];
    if (!request) return c.json({ error: `There is no fault '${c.req.param('name')}'`, hint: faultNames() }, 404);
    const text = await c.req.text();
    request.apply(parts.faults, text === '' ? {} : JSON.parse(text));
    return c.json({ ok: true });
  });
  app.all('*', (c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => {
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError) return c.json({ error: `The body is not JSON: ${error.message}` }, 400);
    if (error instanceof DiscordError) return c.json({ error: error.message }, error.status);
    if (isTuxError(error)) return c.json({ error: error.message, hint: error.hint }, 400);
    return c.json({ error: `The sandbox failed: ${error.message}` }, 500);
  });
  return app;
}

/** Each answers with `after`: the moment before, for `GET /stream?after=`, so that no answer of the bot is missed. */
function actRoutes(app: Hono<RestEnv>, { world, recorder, actors }: ControlParts): void {
  const act = <T>(path: string, schema: z.ZodType<T>, run: (request: T) => object) =>
    app.post(path, async (c) => {
      const request = schema.parse(await c.req.json());
      const after = recorder.mark();
      return c.json({ ...run(request), after });
    });
  const begun = ({ id, type, channelId, userId, commandName }: Interaction) => ({
    interaction: { id, type, channelId, userId, commandName },
  });
  const shown = (message: MessageRecord) => ({ message: messagePayload(world, message) });

  act('/say', saySchema, (request) => shown(actors.say(request)));
  act('/edit', editSchema, (request) => shown(actors.edit(request)));
  act('/delete', deleteSchema, (request) => shown(actors.delete(request)));
  act('/slash', slashSchema, (request) => begun(actors.slash(request)));
  act('/suggest', suggestSchema, (request) => begun(actors.suggest(request)));
  act('/click', clickSchema, (request) => begun(actors.click(request)));
  act('/join', memberSchema, (request) => ({ user: userPayload(actors.join(request)) }));
  act('/leave', memberSchema, (request) => ({ user: userPayload(actors.leave(request)) }));
}

/** The scheduled events of the sandbox's guild. */
function organizeRoutes(app: Hono<RestEnv>, { organizer }: ControlParts): void {
  const shown = (event: ScheduledEventRecord) => ({ event: scheduledEventPayload(event, SANDBOX_IDS.guild) }) as object;
  app.post('/event/create', async (c) => c.json(shown(organizer.create(newEventSchema.parse(await c.req.json())))));
  app.post('/event/move', async (c) => c.json(shown(organizer.move(movedEventSchema.parse(await c.req.json())))));
  app.post('/event/cancel', async (c) =>
    c.json(shown(organizer.cancel(cancelledEventSchema.parse(await c.req.json())))),
  );
}

function watchRoutes(app: Hono<RestEnv>, { world, recorder, gateway, sessionStartLimit }: ControlParts): void {
  app.get('/messages', (c) => {
    const { channel, after } = messagesQuery.parse(c.req.query());
    const { id } = findChannel(world, channel, world.user(SANDBOX_IDS.users.owner));
    return c.json({
      after: recorder.mark(),
      messages: world.messages.list(id, after).map((message) => messagePayload(world, message)),
    } as object);
  });

  app.get('/names', (c) => c.json(namesOf(world)));

  app.get('/requests', (c) => {
    const { route, after } = requestsQuery.parse(c.req.query());
    const requests = recorder.requests.since(after).filter((each) => route === undefined || each.route === route);
    return c.json({ requests } as object);
  });

  app.get('/commands', (c) => c.json({ commands: world.state.commands } as object));

  app.get('/state', (c) =>
    c.json({
      counters: recorder.counters,
      isBotReachable: gateway.isBotReachable,
      sessions: [...gateway.sessions.values()].map(({ id, seq, intents }) => ({ id, seq, intents })),
      sessionStartLimit: sessionStartLimit.current,
      guilds: world.guilds().length,
    }),
  );

  app.get('/stream', (c) => {
    const { after = recorder.mark() } = streamQuery.parse(c.req.query());
    return streamSSE(c, async (stream) => {
      await new Promise<void>((resolve) => {
        const write = (sighting: Entry<Sighting>) =>
          void stream.writeSSE({ id: String(sighting.seq), event: sighting.kind, data: JSON.stringify(sighting) });
        for (const sighting of recorder.sightings.since(after)) write(sighting);
        const unfollow = recorder.sightings.follow(write);
        stream.onAbort(() => {
          unfollow();
          resolve();
        });
      });
    });
  });
}

/** What the ids of people, roles and channels stand for. */
function namesOf(world: World): Record<string, string> {
  const people = [...Object.values(world.state.users), ...world.guilds().flatMap(({ roles }) => roles)];
  const channels = world.guilds().flatMap(({ id }) => world.channelsOf(id));
  return Object.fromEntries([
    ...people.map(({ id, name }) => [id, `@${name.replace(/^@/, '')}`]),
    ...channels.map(({ id, name }) => [id, `#${name}`]),
  ]);
}

function faultNames(): string {
  return `use ${Object.keys(faultRequests).join(', ')}`;
}
