import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocketManager } from '@discordjs/ws';
import {
  ApplicationCommandType,
  ChannelType,
  GatewayDispatchEvents,
  GatewayOpcodes,
  InteractionType,
} from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';
import { deadline } from '../../../shared/deadline.js';
import { createClient } from '../client-factory.js';
import { closeResumable, handOverSession, internalsProblem, observePackets, primeGuilds } from './discord-internals.js';
import type { LoadedSnapshot } from './snapshot-reader.js';

const LIMIT_MS = 5_000;
/** No real token: the gateway of the rehearsal takes any. */
const TOKEN = 'rehearsal';
const ROUNDS = 3;

const ID = '100000000000000000';

/** The smallest world that a client can resume in. */
const nobody: LoadedSnapshot = {
  sessionId: 'rehearsal',
  ready: { user: { id: ID }, application: { id: ID }, guildIds: [] },
  guilds: [],
};

/** As Discord sends it for `/ping` in a direct message. */
const command = {
  id: ID,
  application_id: ID,
  type: InteractionType.ApplicationCommand,
  token: TOKEN,
  version: 1,
  channel_id: ID,
  channel: { id: ID, type: ChannelType.DM },
  user: { id: ID, username: 'somebody', discriminator: '0', avatar: null, global_name: null },
  data: { id: ID, name: 'ping', type: ApplicationCommandType.ChatInput },
  locale: 'en-US',
  app_permissions: '0',
  entitlements: [],
  authorizing_integration_owners: {},
  attachment_size_limit: 0,
};

/**
 * Goes through a RESUME, a request, and a command that is answered a few times, against a gateway of its own on the loopback
 * interface, with clients that are thrown away. V8 compiles a function when it is first called: what a standby has never done takes
 * several times as long when it takes over, and then somebody waits. Touches no file, and nothing of Discord.
 *
 * @param world some guilds to fill the caches with; null: none.
 */
export async function rehearseResume(world: LoadedSnapshot | null, signal: AbortSignal): Promise<void> {
  if (internalsProblem() !== null) return; // then there will be no RESUME
  const snapshot = world ?? nobody;
  const stage = await openStage();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await deadline('rehearsal of a RESUME', LIMIT_MS, (limit) => resumeOnce(stage.port, snapshot, limit), signal);
    }
  } finally {
    await stage.close();
  }
}

async function resumeOnce(port: number, snapshot: LoadedSnapshot, signal: AbortSignal): Promise<void> {
  const session = {
    sessionId: 'rehearsal',
    resumeURL: `ws://127.0.0.1:${port}`,
    sequence: 1,
    shardId: 0,
    shardCount: 1,
  };
  const client = createClient({
    apiUrl: `http://127.0.0.1:${port}/api`,
    buildIdentifyThrottler: () => ({ waitForIdentify: () => new Promise(() => {}) }),
    onSockets: (manager: WebSocketManager) => handOverSession(client, manager, session, snapshot.ready),
  });
  client.on('error', () => {}); // it is only a rehearsal
  const answered = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    client.once('interactionCreate', (interaction) => {
      if (interaction.isRepliable()) interaction.reply({ content: 'Pong!' }).then(() => resolve(), reject);
    });
  });
  answered.catch(() => {}); // it may not come to that
  observePackets(client, { received: () => {}, handling: (_packet, run) => run() });
  try {
    await primeGuilds(client, snapshot, signal);
    client.login(TOKEN).catch(() => {});
    await answered;
    await client.rest.post(`/channels/${ID}/messages`, { body: { content: '' }, signal });
  } finally {
    await closeResumable(client).catch(() => {});
    await client.destroy().catch(() => {});
  }
}

/** A gateway that resumes every session, and answers every request with an empty object. */
async function openStage(): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    const send = (payload: object) => socket.send(JSON.stringify(payload));
    socket.on('message', (data) => {
      const { op } = JSON.parse(String(data)) as { op: GatewayOpcodes };
      if (op !== GatewayOpcodes.Resume) return;
      send({ op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.InteractionCreate, s: 2, d: command });
      send({ op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.Resumed, s: 3, d: {} });
    });
    send({ op: GatewayOpcodes.Hello, d: { heartbeat_interval: 60_000 } });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, close };
}
