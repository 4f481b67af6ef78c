import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketShardEvents } from '@discordjs/ws';
import { type Client, Events } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../bot/discord/client-factory.js';
import { CacheSnapshot } from '../../../bot/discord/session/cache-snapshot.js';
import {
  closeResumable,
  currentSession,
  type GatewaySessionInfo,
  handOverSession,
  observePackets,
  outlastOutages,
  type Packet,
  primeGuilds,
} from '../../../bot/discord/session/discord-internals.js';
import { SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../sandbox/index.js';
import { systemClock } from '../../../shared/clock.js';
import { silentLogger } from '../../../shared/logging/logger.js';
import { eventually } from '../../support/processes.js';
import { publicView } from '../../support/session-caches.js';

const calledOff = new AbortController().signal;
/** discord.js connects again after 500 ms: by then it would have. */
const RECONNECT_MS = 700;

let sandbox: Sandbox;
let folder: string;
const clients: Client[] = [];
const snapshots: CacheSnapshot[] = [];
/** How often one of the clients has asked whether it may identify. */
let throttled: number;

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), 'tux-handover-'));
  throttled = 0;
});
afterEach(async () => {
  for (const snapshot of snapshots.splice(0)) await snapshot.close();
  for (const client of clients.splice(0)) await client.destroy().catch(() => {});
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

interface Worker {
  readonly client: Client<true>;
  readonly snapshot: CacheSnapshot;
  /** What was handled, and the events of the client about which it is, in their order. */
  readonly seen: string[];
}

function newWorker(mayIdentify: boolean, onSockets?: Parameters<typeof createClient>[0]['onSockets']): Worker {
  const waitForIdentify = async () => {
    throttled += 1;
    if (!mayIdentify) await new Promise(() => {});
  };
  const client = createClient({
    apiUrl: sandbox.apiUrl,
    buildIdentifyThrottler: () => ({ waitForIdentify }),
    ...(onSockets && { onSockets }),
  }) as Client<true>;
  const path = join(folder, 'gateway-cache.jsonl');
  const snapshot = new CacheSnapshot({ path, clock: systemClock, log: silentLogger() });
  const seen: string[] = [];
  clients.push(client);
  snapshots.push(snapshot);
  observePackets(client, {
    received: () => {},
    handling: (packet: Packet, run) => {
      seen.push(packet.t);
      run();
      void snapshot.note(packet);
    },
  });
  client.on(Events.ClientReady, () => void seen.push('clientReady'));
  client.on(Events.MessageCreate, ({ content, guild }) => void seen.push(`${content} in ${guild?.name}`));
  client.on(Events.GuildMemberAdd, ({ user }) => void seen.push(`${user.username} joined`));
  return { client, snapshot, seen };
}

async function firstWorker(): Promise<Worker> {
  const worker = newWorker(true);
  const ready = new Promise((resolve) => worker.client.once(Events.ClientReady, resolve));
  await worker.client.login(SANDBOX_TOKEN);
  await ready;
  await worker.snapshot.begin(worker.client);
  return worker;
}

function sessionOf({ client }: Worker): GatewaySessionInfo {
  const session = currentSession(client);
  if (!session) throw new Error('there is no session');
  return { ...session };
}

/** A client with the caches of the first one, which may only RESUME. */
async function successor(session: GatewaySessionInfo, onHello?: () => void): Promise<Worker> {
  const worker = newWorker(false, (manager) => {
    outlastOutages(manager);
    if (!('problem' in loaded)) handOverSession(worker.client, manager, session, loaded.ready);
    if (onHello) manager.once(WebSocketShardEvents.Hello, onHello);
  });
  const loaded = await worker.snapshot.load(session.sessionId);
  if ('problem' in loaded) throw new Error(loaded.problem);
  await primeGuilds(worker.client, loaded, calledOff);
  return worker;
}

const resumed = ({ client }: Worker) =>
  new Promise<void>((resolve) => client.once(Events.ShardResume, () => resolve()));
const say = (text: string) => sandbox.actors.say({ as: 'alice', text });
const identifies = () => sandbox.recorder.counters.identifies;

describe('a session that goes on in another client', () => {
  it('knows all guilds, hears what was missed, and costs no IDENTIFY', async () => {
    const first = await firstWorker();
    sandbox.organizer.create({ as: 'owner', name: 'Meeting', startsInMs: 3_600_000 });
    await eventually('the event is known', () => first.client.guilds.cache.first()?.scheduledEvents.cache.size === 1);
    await first.snapshot.close();
    const session = sessionOf(first);
    await closeResumable(first.client);
    say('while nobody listened');
    sandbox.actors.leave({ as: 'bob' });
    sandbox.actors.join({ as: 'bob' });

    const second = await successor(session);
    expect(publicView(second.client)).toEqual(publicView(first.client));
    expect(second.client.isReady()).toBe(false);
    const up = resumed(second);
    await second.client.login(SANDBOX_TOKEN);
    await up;
    expect(second.seen).toEqual([
      'clientReady',
      'MESSAGE_CREATE',
      'while nobody listened in Tux Sandbox',
      'GUILD_MEMBER_REMOVE',
      'GUILD_MEMBER_ADD',
      'bob joined',
      'RESUMED',
    ]);
    expect(second.client.isReady()).toBe(true);
    await second.snapshot.begin(second.client);
    say('and now');
    await eventually('it listens', () => second.seen.includes('and now in Tux Sandbox'));
    expect(sessionOf(second).sessionId).toBe(session.sessionId);
    expect(identifies()).toBe(1);
    expect(throttled).toBe(1);
    expect(sandbox.recorder.counters.resumes).toBe(1);
  });

  it('does not count members twice who are in the snapshot and are told again', async () => {
    const first = await firstWorker();
    const session = sessionOf(first);
    const count = first.client.guilds.cache.first()?.memberCount;
    sandbox.actors.leave({ as: 'bob' });
    await eventually('bob has left', () => first.seen.includes('GUILD_MEMBER_REMOVE'));
    await first.snapshot.close();
    await closeResumable(first.client);
    const second = await successor(session);
    const up = resumed(second);
    await second.client.login(SANDBOX_TOKEN);
    await up;
    expect(second.seen).toContain('GUILD_MEMBER_REMOVE');
    expect(second.client.guilds.cache.first()?.memberCount).toBe((count ?? 0) - 1);
  });

  it('is ready only when Discord has taken the RESUME, and asks to identify when it has not', async () => {
    const first = await firstWorker();
    const session = sessionOf(first);
    await first.snapshot.close();
    await first.client.destroy(); // which ends the session
    const second = await successor(session);
    void second.client.login(SANDBOX_TOKEN);
    await eventually('it asks to identify', () => throttled === 2);
    expect(second.seen).toEqual([]);
    expect(identifies()).toBe(1);
  });

  it('is tried again while the gateway cannot be reached', async () => {
    const first = await firstWorker();
    const session = sessionOf(first);
    await first.snapshot.close();
    await closeResumable(first.client);
    const { url } = sandbox.gateway;
    const second = await successor({ ...session, resumeURL: 'ws://127.0.0.1:9' });
    const up = resumed(second);
    let errors = 0;
    second.client.on(Events.ShardReconnecting, () => {
      errors += 1;
      // discord.js asks for the session anew each time.
      const shard = second.client.ws.shards.first() as unknown as { sessionInfo: { resumeURL: string } };
      if (errors === 2) shard.sessionInfo.resumeURL = url;
    });
    void second.client.login(SANDBOX_TOKEN);
    await up;
    expect(errors).toBe(2);
    expect(identifies()).toBe(1);
    expect(throttled).toBe(1);
  });

  it('lets what is sent before RESUMED wait for it', async () => {
    const first = await firstWorker();
    await first.snapshot.close();
    const session = sessionOf(first);
    await closeResumable(first.client);
    const second = await successor(session, () => void second.client.user.setPresence({ status: 'idle' }));
    const up = resumed(second);
    await second.client.login(SANDBOX_TOKEN);
    await up;
    const isPresence = ({ direction, op }: { direction: string; op: number }) => direction === 'in' && op === 3;
    await eventually('the presence arrives', () => sandbox.recorder.gateway.since().some(isPresence));
  });
});

describe('closeResumable', () => {
  it('says nothing of a reconnect, comes back no more, and lets destroy end nothing', async () => {
    const { client } = await firstWorker();
    let reconnects = 0;
    client.on(Events.ShardReconnecting, () => {
      reconnects += 1;
    });
    await closeResumable(client);
    await client.destroy();
    await sleep(RECONNECT_MS);
    expect(reconnects).toBe(0);
    expect(sandbox.gateway.connections.size).toBe(0);
    expect(sandbox.gateway.sessions.size).toBe(1);
    expect(identifies()).toBe(1);
  });

  it('ends a reconnect that is under way', async () => {
    const worker = await firstWorker();
    const reconnecting = new Promise((resolve) => worker.client.once(Events.ShardReconnecting, resolve));
    sandbox.faults.cut();
    await reconnecting;
    await closeResumable(worker.client);
    await sleep(RECONNECT_MS);
    expect(sandbox.gateway.connections.size).toBe(0);
    expect(sandbox.gateway.sessions.size).toBe(1);
  });

  it('drops what is sent afterwards, without an unhandled rejection', async () => {
    const { client } = await firstWorker();
    await closeResumable(client);
    client.user.setPresence({ status: 'idle' });
    await sleep(20);
  });

  it('has nothing to do for a client that never logged in', async () => {
    await closeResumable(newWorker(false).client);
    expect(identifies()).toBe(0);
  });
});
