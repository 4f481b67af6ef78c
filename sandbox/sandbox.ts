import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { systemClock } from '../shared/clock.js';
import { Actors } from './actors/actors.js';
import { Organizer } from './actors/organizer.js';
import { controlApi } from './control/control-api.js';
import { Conditions } from './faults/conditions.js';
import { Faults } from './faults/faults.js';
import { Gateway } from './gateway/gateway.js';
import { SessionStartLimit } from './gateway/session-start-limit.js';
import { Interactions } from './interactions/interactions.js';
import { Recorder } from './record/recorder.js';
import { RateLimits } from './rest/rate-limits.js';
import { restApi } from './rest/rest-api.js';
import type { RestEnv } from './rest/rest-context.js';
import { Tokens } from './tokens.js';
import { World } from './world/world.js';
import { WorldFile } from './world/world-file.js';

/** Settings of a sandbox. By default it is about as Discord; tests make it quicker and stricter. */
export interface SandboxOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Keeps the world over restarts. Without it the world ends with the process. */
  readonly dataFile?: string;
  /** The one token that is accepted. Default: any that is not empty. */
  readonly token?: string;
  /** Default 41,250 as at Discord; 200 to 500 makes a zombie connection show within a test. */
  readonly heartbeatIntervalMs?: number;
  /** How long a session without a connection can be resumed. Default three minutes, about as long as at Discord. */
  readonly sessionLifeMs?: number;
  /** How long the bot has for the first answer to an interaction. Default 3,000 as at Discord. */
  readonly answerWithinMs?: number;
}

const DEFAULT_SESSION_LIFE_MS = 3 * 60_000;

/** A running sandbox, with everything in it within reach of a test. */
export interface Sandbox {
  readonly port: number;
  /** For `DISCORD_API_URL`, or `rest.api` of a discord.js client. */
  readonly apiUrl: string;
  readonly controlUrl: string;
  readonly world: World;
  readonly faults: Faults;
  readonly recorder: Recorder;
  readonly rateLimits: RateLimits;
  /** Speaks, types commands and clicks as the people of the sandbox. */
  readonly actors: Actors;
  /** Schedules, moves and cancels events as one of them. */
  readonly organizer: Organizer;
  readonly gateway: Gateway;
  /** Ends every connection and, with a data file, stores the world. */
  close(): Promise<void>;
}

/** Starts a local Discord on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = systemClock;
  const recorder = new Recorder(clock);
  const world = new World(clock, {
    onNews: (news) => gateway.broadcast(news),
    onSighting: (sighting) => recorder.sightings.add(sighting),
  });
  const file = options.dataFile === undefined ? null : new WorldFile(options.dataFile, world);
  await file?.load();
  const conditions = new Conditions();
  const tokens = new Tokens(options.token);
  const sessionStartLimit = new SessionStartLimit(clock);
  const rateLimits = new RateLimits(clock);
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? 41_250;
  const sessionLifeMs = options.sessionLifeMs ?? DEFAULT_SESSION_LIFE_MS;
  const gateway = new Gateway({
    world,
    recorder,
    conditions,
    tokens,
    sessionStartLimit,
    heartbeatIntervalMs,
    sessionLifeMs,
  });
  const interactions = new Interactions(world, options.answerWithinMs);
  const faults = new Faults({ conditions, gateway, sessionStartLimit, rateLimits });
  const actors = new Actors(world, interactions, gateway);
  const organizer = new Organizer(world);

  const app = new Hono<RestEnv>();
  app.route(
    '/',
    restApi({ world, recorder, conditions, tokens, sessionStartLimit, rateLimits, interactions, gateway }),
  );
  app.route('/', controlApi({ world, recorder, faults, actors, organizer, gateway, sessionStartLimit }));
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head));
  const port = await listen(server, options.port ?? 0);
  gateway.url = `ws://127.0.0.1:${port}`;

  const close = async () => {
    faults.reset();
    gateway.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await file?.close();
  };
  let closing: Promise<void> | undefined;
  return {
    port,
    apiUrl: `http://127.0.0.1:${port}/api`,
    controlUrl: `http://127.0.0.1:${port}/control`,
    world,
    faults,
    recorder,
    rateLimits,
    actors,
    organizer,
    gateway,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
