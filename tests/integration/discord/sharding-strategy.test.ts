import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from '../../../bot/discord/client-factory.js';

/** A gateway that takes connections and never answers the handshake. */
let gateway: Server;
let url: string;

beforeEach(async () => {
  gateway = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
    response.end(JSON.stringify({ url: url.replace('http', 'ws'), shards: 1, session_start_limit: limit }));
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterEach(async () => {
  gateway.close();
  gateway.closeAllConnections();
  await once(gateway, 'close');
});

/** A client whose connection has not been opened yet, and the gateway's end of that. */
async function connecting() {
  const client = createClient({
    apiUrl: url,
    buildIdentifyThrottler: () => ({ waitForIdentify: () => Promise.reject(new Error('it never gets there')) }),
  });
  client.login('token').catch(() => {});
  const [, socket] = (await once(gateway, 'upgrade')) as [unknown, Socket];
  socket.on('error', () => {});
  socket.on('end', () => socket.end()); // else it would stay half open
  socket.resume();
  return { client, socket };
}

it('closes a connection that is not open yet', async () => {
  const { client, socket } = await connecting();
  const closed = once(socket, 'close');
  await client.destroy();
  await closed;
});

it('survives a gateway that goes away at the same moment', async () => {
  const uncaught: Error[] = [];
  const note = (error: Error) => uncaught.push(error);
  process.on('uncaughtException', note);
  try {
    const { client, socket } = await connecting();
    const closed = once(socket, 'close');
    const destroyed = client.destroy();
    socket.resetAndDestroy();
    await Promise.all([destroyed, closed]);
    await new Promise((done) => setTimeout(done, 50)); // the reset has arrived by then
  } finally {
    process.off('uncaughtException', note);
  }
  expect(uncaught).toEqual([]);
});
