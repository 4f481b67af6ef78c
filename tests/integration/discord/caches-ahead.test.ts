import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'discord.js';
import { GatewayIntentBits } from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientRelay } from '../../../bot/discord/client-relay.js';
import type { GatewayService } from '../../../bot/discord/gateway-service.js';
import { primeGuilds } from '../../../bot/discord/session/discord-internals.js';
import type { SessionKeeper } from '../../../bot/discord/session/session-keeper.js';
import { guildCreatePayload } from '../../../sandbox/gateway/greeting.js';
import { addGuilds, SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../sandbox/index.js';
import type { Continuity } from '../../../shared/ipc-protocol.js';
import { recordingLogger } from '../../support/framework-fakes.js';
import { createGateway, createSessionKeeper, handOver } from '../../support/gateway-session.js';
import { eventually } from '../../support/processes.js';
import { publicView, quietClient } from '../../support/session-caches.js';

/** One worker, as far as the gateway is concerned. */
interface Worker {
  readonly gateway: GatewayService;
  readonly session: SessionKeeper;
  /** The guilds that each of its clients knew before it logged in. */
  readonly knew: string[][];
  readonly continuity: Continuity[];
}

/** Beside that of the sandbox. */
const GUILDS = 12;
const noSignal = new AbortController().signal;
const logger = recordingLogger();
let folder: string;
let sandbox: Sandbox;
let workers: Worker[];
let guildIds: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tux-ahead-'));
  sandbox = await startSandbox();
  guildIds = addGuilds(sandbox.world, GUILDS, { members: 2 });
  workers = [];
});
afterEach(async () => {
  for (const { gateway } of workers) await gateway.cleanup();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

function newWorker(token = SANDBOX_TOKEN): Worker {
  const continuity: Continuity[] = [];
  const knew: string[][] = [];
  const onContinuity = (news: Continuity) => void continuity.push(news);
  const session = createSessionKeeper(folder, { token, log: logger.log, onContinuity });
  const relay = new ClientRelay(session);
  const gateway = createGateway({
    token,
    apiUrl: sandbox.apiUrl,
    session,
    log: logger.log,
    onClient: (client) => {
      knew.push(client.guilds.cache.filter(({ available }) => available).map(({ id }) => id));
      relay.attach(client);
    },
    onReady: (client) => relay.tellReady(client),
  });
  const worker = { gateway, session, knew, continuity };
  workers.push(worker);
  return worker;
}

/** One that serves. */
async function start(): Promise<Worker> {
  const worker = newWorker();
  await worker.gateway.initialize(noSignal);
  return worker;
}

/** One that waits, with its caches filled from what the serving worker has written by now. */
async function standby(): Promise<Worker> {
  const worker = newWorker();
  await eventually('there is a snapshot', async () => (await worker.session.peek()) !== null);
  await worker.gateway.prepare(noSignal);
  return worker;
}

function clientOf({ gateway }: Worker): Client<true> {
  if (!gateway.client) throw new Error('it is not logged in');
  return gateway.client;
}

/** What a client shows of its caches, in an order of its own. */
function viewOf(client: Client): unknown {
  type View = { channelIds: string[]; guilds: { id: string }[] };
  const { channelIds, guilds, ...rest } = publicView(client) as View;
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return { ...rest, channelIds: channelIds.sort(), guilds: guilds.sort(byId), users: [...client.users.cache.keys()] };
}

/** What the caches are of a client that knows the last snapshot and nothing else. */
async function viewOfSnapshot({ session }: Worker): Promise<unknown> {
  const snapshot = await session.peek();
  if (!snapshot) throw new Error('there is no snapshot');
  const client = quietClient();
  await primeGuilds(client, snapshot, noSignal);
  const view = viewOf(client);
  await client.destroy();
  return view;
}

const tell = (t: string, d: object) => sandbox.gateway.broadcast({ t, d, isDirect: false });
const told = () => [sandbox.recorder.counters.identifies, sandbox.recorder.counters.resumes];

/** Everything that can happen to guilds while a standby waits. Resolves when the serving worker knows. */
async function changeGuilds(serving: Worker): Promise<void> {
  const { guilds, channels } = clientOf(serving);
  const [left = '', shrunk = '', renamed = '', counted = '', away = ''] = guildIds;
  const [joined = ''] = addGuilds(sandbox.world, 1);
  const newcomer = guildCreatePayload(sandbox.world, sandbox.world.guild(joined), GatewayIntentBits.Guilds);
  const [channel] = sandbox.world.channelsOf(shrunk);
  const role = sandbox.world.guild(renamed).roles[0];
  const count = guilds.cache.get(counted)?.memberCount ?? 0;
  tell('CHANNEL_DELETE', sandbox.world.channelPayload(channel ?? sandbox.world.channel('')));
  tell('GUILD_ROLE_UPDATE', { guild_id: renamed, role: { ...role, permissions: '0', name: 'renamed' } });
  tell('GUILD_MEMBER_REMOVE', { guild_id: counted, user: { id: SANDBOX_IDS.users.owner } });
  tell('GUILD_DELETE', { id: away, unavailable: true });
  tell('GUILD_DELETE', { id: left });
  tell('GUILD_CREATE', newcomer);
  await eventually('all of it is known', () => guilds.cache.has(joined) && !guilds.cache.has(left));
  expect(channels.cache.has(channel?.id ?? '')).toBe(false);
  expect(guilds.cache.get(renamed)?.roles.cache.some(({ name }) => name === 'renamed')).toBe(true);
  expect(guilds.cache.get(counted)?.memberCount).toBe(count - 1);
  expect(guilds.cache.get(away)?.available).toBe(false);
}

describe('a standby that has filled its caches ahead', () => {
  it('ends with exactly those of the last snapshot, whatever has changed meanwhile', async () => {
    const first = await start();
    const second = await standby();
    expect(told()).toEqual([1, 0]); // it has not connected
    await changeGuilds(first);
    await handOver(first);
    const expected = await viewOfSnapshot(second);
    second.gateway.resumeAhead();
    await second.gateway.initialize(noSignal);
    await second.gateway.whenReplayed();
    expect(told()).toEqual([1, 1]);
    expect(second.knew).toEqual([expect.arrayContaining(guildIds)]);
    expect(viewOf(clientOf(second))).toEqual(expected);
  });

  it('goes on with what is filled when it is activated meanwhile', async () => {
    const first = await start();
    const second = newWorker();
    await eventually('there is a snapshot', async () => (await second.session.peek()) !== null);
    const activated = new AbortController();
    interruptAfter(second.session, 4, activated);
    await second.gateway.prepare(activated.signal).catch(() => {});
    await changeGuilds(first);
    await handOver(first);
    const expected = await viewOfSnapshot(second);
    second.gateway.resumeAhead();
    await second.gateway.initialize(noSignal);
    expect(second.knew.map((known) => known.length)).toEqual([4]);
    expect(told()).toEqual([1, 1]);
    expect(viewOf(clientOf(second))).toEqual(expected);
  });
});

describe('a fresh client, with no caches of another time, is used', () => {
  it('after Discord has refused the session', async () => {
    const first = await start();
    const second = await standby();
    await changeGuilds(first); // Discord itself knows nothing of it: it greets with the world as it is there
    await handOver(first);
    sandbox.faults.dropResume();
    await second.gateway.initialize(noSignal);
    await expectFresh(second, [GUILDS + 1, 0], 'refused');
  });

  it('when the session is at its end', async () => {
    const first = await start();
    const second = await standby();
    await changeGuilds(first);
    await first.gateway.cleanup();
    await second.gateway.initialize(noSignal);
    await expectFresh(second, [0], 'no-session');
  });

  async function expectFresh(worker: Worker, knew: number[], reason: string): Promise<void> {
    expect(worker.knew.map((known) => known.length)).toEqual(knew);
    expect(worker.continuity.at(-1)).toMatchObject({ how: 'identified', reason });
    expect(told()[0]).toBe(2);
    const greeted = sandbox.world.guilds().map(({ id }) => id);
    expect(
      clientOf(worker)
        .guilds.cache.map(({ id }) => id)
        .sort(),
    ).toEqual(greeted.sort());
    expect(clientOf(worker).guilds.cache.every(({ available }) => available)).toBe(true);
  }
});

it('nothing is filled ahead for a session of another token', async () => {
  const first = await start();
  await eventually('there is a snapshot', async () => (await first.session.peek()) !== null);
  const other = newWorker('another.token');
  expect(await other.session.peek()).toBeNull();
  await other.gateway.prepare(noSignal);
  expect(other.gateway.bytesAhead).toBe(0);
});

/** As if `activate` came while this many guilds are filled; those of the rehearsal do not count. */
function interruptAfter(session: SessionKeeper, guilds: number, activated: AbortController): void {
  const peek = session.peek.bind(session);
  let calls = 0;
  session.peek = async (signal) => {
    const snapshot = await peek(signal);
    calls += 1;
    if (!snapshot || calls !== 2) return snapshot;
    let read = 0;
    const watched = snapshot.guilds.map((guild) => ({
      ...guild,
      read: () => {
        read += 1;
        if (read === guilds) activated.abort();
        return guild.read();
      },
    }));
    return { ...snapshot, guilds: watched };
  };
}
