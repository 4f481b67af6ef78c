import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SnowflakeUtil } from 'discord.js';
import {
  ApplicationCommandType,
  ChannelType,
  GatewayDispatchEvents,
  GatewayOpcodes,
  InteractionResponseType,
  InteractionType,
  MessageType,
} from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';

/** What people say in a rehearsal. */
export const REHEARSED_COMMAND = 'ping';

/** Stands for every user, channel and application. */
export const SOMEBODY = '100000000000000000';
const TOKEN = 'rehearsal';

const somebody = { id: SOMEBODY, username: 'somebody', discriminator: '0', avatar: null, global_name: null };

/** An id of something that happens now: what is older is not answered. */
const newId = () => SnowflakeUtil.generate().toString();

/** As Discord sends it for `/ping` in a direct message. */
const commandNow = () => ({
  id: newId(),
  application_id: SOMEBODY,
  type: InteractionType.ApplicationCommand,
  token: TOKEN,
  version: 1,
  channel_id: SOMEBODY,
  channel: { id: SOMEBODY, type: ChannelType.DM },
  user: somebody,
  data: { id: SOMEBODY, name: REHEARSED_COMMAND, type: ApplicationCommandType.ChatInput },
  locale: 'en-US',
  app_permissions: '0',
  entitlements: [],
  authorizing_integration_owners: {},
  attachment_size_limit: 0,
});

/** As Discord sends a direct message, and tells of one that was sent. */
const messageNow = (content: string) => ({
  id: newId(),
  channel_id: SOMEBODY,
  author: somebody,
  content,
  timestamp: new Date(0).toISOString(),
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  pinned: false,
  type: MessageType.Default,
});

/**
 * A gateway that resumes every session and in which somebody says two things, and an API that takes every answer.
 *
 * @param ownId who is spoken to.
 */
export async function openStage(ownId: string): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const message = messageNow('Pong!');
    const callback = {
      interaction: { id: SOMEBODY, type: InteractionType.ApplicationCommand },
      resource: { type: InteractionResponseType.ChannelMessageWithSource, message },
    };
    response.end(JSON.stringify(request.url?.endsWith('/messages') ? message : callback));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    const send = (payload: object) => socket.send(JSON.stringify(payload));
    socket.on('message', (data) => {
      const { op } = JSON.parse(String(data)) as { op: GatewayOpcodes };
      if (op !== GatewayOpcodes.Resume) return;
      const message = messageNow(`<@${ownId}> ${REHEARSED_COMMAND}`);
      send({ op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.InteractionCreate, s: 2, d: commandNow() });
      send({ op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.MessageCreate, s: 3, d: message });
      send({ op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.Resumed, s: 4, d: {} });
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
