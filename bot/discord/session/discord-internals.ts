import { setImmediate as nextTurn } from 'node:timers/promises';
import { CloseCodes, type SessionInfo, type WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { type Client, GatewayDispatchEvents, type Guild, Status } from 'discord.js';
import type { GuildShape } from './api-shape/guild.js';

// The only file that uses what discord.js does not promise to keep: see internals-shape.ts for what has to be there, and
// docs/decisions for why. Whoever calls anything here has seen `internalsProblem()` say null.

export { internalsProblem } from './internals-shape.js';

/** An event of the gateway. */
export interface Packet {
  readonly t: string;
  /** Its number in the session. */
  readonly s: number;
  readonly d: unknown;
}

export interface PacketObserver {
  /** It has arrived; discord.js has neither handled nor queued it yet. Once for each packet. */
  received(packet: Packet): void;
  /**
   * Told once for each packet, after `received`: `run` is the handling of it, in which the caches change and the events of the
   * client are emitted. To be called at once, later (in the order in which they came), or never.
   */
  handling(packet: Packet, run: () => void): void;
}

/** What a RESUME needs: id, address and the number of the last event, as discord.js keeps them. */
export type GatewaySessionInfo = Readonly<SessionInfo>;

/** What READY says and no other event repeats. */
export interface ReadySnapshot {
  readonly user: { readonly id: string };
  readonly application: { readonly id: string; readonly flags?: number | undefined };
  /** All of them, also those that are unavailable. */
  readonly guildIds: readonly string[];
}

/** A guild as it was at some time of the session. */
export interface PrimedGuild {
  readonly id: string;
  /** Every event of the guild up to this number is part of it. */
  readonly s: number;
  /** Another one means another content. */
  readonly checksum: number;
  /** Parses it, which takes a while. */
  read(): GuildShape;
}

/** What a client needs to know to go on with a session. */
export interface PrimedCaches {
  readonly ready: ReadySnapshot;
  readonly guilds: Iterable<PrimedGuild>;
}

interface Shard {
  readonly id: number;
  status: Status;
  sessionInfo: SessionInfo | null;
}

/** The parts of `client.ws` that its types keep private. */
interface Sockets {
  status: Status;
  readonly shards: ReadonlyMap<number, Shard>;
  readonly _ws: WebSocketManager | null;
  handlePacket(packet?: Packet, shard?: Shard): boolean;
  checkShardsReady(): void;
}

interface ClientInternals {
  readonly ws: Sockets;
  readonly guilds: { _add(data: object): Guild };
}

/** The parts of a `WebSocketManager` of @discordjs/ws that its types make read-only or narrower. */
interface ManagerInternals {
  readonly options: {
    retrieveSessionInfo(shardId: number): unknown;
    updateSessionInfo(shardId: number, info: SessionInfo | null): unknown;
  };
  send: WebSocketManager['send'];
}

const internalsOf = (client: Client) => client as unknown as ClientInternals;
const managerInternals = (manager: WebSocketManager) => manager as unknown as ManagerInternals;

/** What discord.js handles although it is not ready; the rest waits in its `packetQueue`. */
const HANDLED_BEFORE_READY: ReadonlySet<string> = new Set([
  GatewayDispatchEvents.Ready,
  GatewayDispatchEvents.Resumed,
  GatewayDispatchEvents.GuildCreate,
  GatewayDispatchEvents.GuildDelete,
  GatewayDispatchEvents.GuildMembersChunk,
  GatewayDispatchEvents.GuildMemberAdd,
  GatewayDispatchEvents.GuildMemberRemove,
]);

/** Guilds that came from a snapshot, by id, until all that Discord repeats has been handled. */
const primedOf = new WeakMap<Client, Map<string, Pick<PrimedGuild, 's' | 'checksum'>>>();

const SHARD_ID = 0;
/** Priming gives the event loop a turn after this long. */
const SLICE_MS = 8;

/** The session of a client that is logged in, as discord.js keeps it; null without one. */
export function currentSession(client: Client): GatewaySessionInfo | null {
  return internalsOf(client).ws.shards.get(SHARD_ID)?.sessionInfo ?? null;
}

/**
 * Tells `observer` of every packet from now on, so call it before login. A packet that discord.js queues, because it is not
 * ready, is told as received at once and handled later, out of the order of its number.
 */
export function observePackets(client: Client, observer: PacketObserver): void {
  handleAsReady(client);
  const { ws } = internalsOf(client);
  const handle = ws.handlePacket.bind(ws);
  const queued = new WeakSet<Packet>();
  ws.handlePacket = (packet, shard) => {
    if (!packet) return handle(packet, shard); // discord.js looks after its queue
    const isKnown = queued.has(packet);
    if (!isKnown) observer.received(packet);
    if (ws.status === Status.Ready || HANDLED_BEFORE_READY.has(packet.t)) {
      observer.handling(packet, () => {
        handle(packet, shard);
      });
      return true; // nobody asks; false says that it was queued
    }
    queued.add(packet);
    return handle(packet, shard);
  };
}

function primeReady(client: Client, ready: ReadySnapshot): void {
  const { ws } = internalsOf(client);
  const { user, application, guildIds } = ready;
  const shard = { id: SHARD_ID, checkReady: () => {}, status: Status.Idle, sessionInfo: null };
  const handlePacket: Sockets['handlePacket'] = Object.getPrototypeOf(ws).handlePacket; // nobody is to observe it
  handlePacket.call(ws, { t: GatewayDispatchEvents.Ready, s: 0, d: { user, application, guilds: [] } }, shard);
  const named = new Set(guildIds);
  for (const id of [...client.guilds.cache.keys()]) if (!named.has(id)) forgetGuild(client, id);
  for (const id of named) {
    if (!client.guilds.cache.has(id)) addUnavailable(client, id);
  }
}

/**
 * Fills the caches of a client that is not connected: who we are first, since discord.js looks for us in every guild, then the
 * guilds. No event is emitted. May be called again with something newer: a guild that is the same as last time costs nothing,
 * one that changed is replaced, one that is not there any more is forgotten. Gives the event loop a turn every few milliseconds.
 *
 * @throws the reason of `signal`; SyntaxError for a guild that cannot be parsed.
 */
export async function primeGuilds(client: Client, snapshot: PrimedCaches, signal: AbortSignal): Promise<void> {
  const { ready, guilds } = snapshot;
  primeReady(client, ready);
  const primed = primedGuilds(client);
  let sliceEndsAt = performance.now() + SLICE_MS;
  for (const guild of guilds) {
    signal.throwIfAborted();
    const known = primed.get(guild.id);
    if (known?.checksum !== guild.checksum) addGuild(client, guild.read());
    primed.set(guild.id, { s: guild.s, checksum: guild.checksum });
    if (performance.now() < sliceEndsAt) continue;
    await nextTurn();
    sliceEndsAt = performance.now() + SLICE_MS;
  }
  signal.throwIfAborted();
}

/** @param shape changed on the way: a copy takes as long as the reading of it. */
function addGuild(client: Client, shape: GuildShape): void {
  const isUnavailable = shape.unavailable;
  forgetGuild(client, shape.id);
  if (shape.channels === undefined) {
    addUnavailable(client, shape.id); // more is not known any more
    return;
  }
  // discord.js takes nothing else of a guild that it is told is unavailable.
  const guild = internalsOf(client).guilds._add(Object.assign(shape, { shardId: SHARD_ID, unavailable: false }));
  if (isUnavailable) guild.available = false;
}

/** As READY names it. */
function addUnavailable(client: Client, id: string): void {
  internalsOf(client).guilds._add({ id, unavailable: true, shardId: SHARD_ID });
}

/** With its channels, which discord.js keeps in `client.channels` too, and its part of what is bounded over all guilds. */
function forgetGuild(client: Client, id: string): void {
  const guild = client.guilds.cache.get(id);
  for (const channelId of guild?.channels.cache.keys() ?? []) client.channels.cache.delete(channelId);
  guild?.members.cache.clear();
  client.guilds.cache.delete(id);
  primedOf.get(client)?.delete(id);
}

/**
 * Makes discord.js RESUME `session` instead of identifying. Call it in `ws.buildStrategy`, which is where `manager` is known
 * before it connects (`ws.buildIdentifyThrottler` is only called when it wants to identify). The guilds are primed before or
 * after, but before the connection opens.
 *
 * The client counts as ready, and emits `clientReady`, when Discord has taken the RESUME: directly before the first event
 * that is repeated, or RESUMED, is handled. When Discord refuses, it does not, and asks its IDENTIFY throttler.
 */
export function handOverSession(
  client: Client,
  manager: WebSocketManager,
  session: GatewaySessionInfo,
  ready: ReadySnapshot,
): void {
  primeReady(client, ready);
  handleAsReady(client);
  offerSession(client, manager, session);
  spareRequest(manager, session);
  holdSends(manager);
  manager.prependListener(WebSocketShardEvents.Dispatch, function taken({ data }) {
    manager.off(WebSocketShardEvents.Dispatch, taken);
    if (data.t !== GatewayDispatchEvents.Ready) becomeReady(client, session.shardId);
  });
}

/** discord.js asks for the session whenever it connects: the first time it gets the one of the worker before. */
function offerSession(client: Client, manager: WebSocketManager, session: GatewaySessionInfo): void {
  const { shards } = internalsOf(client).ws;
  const { options } = managerInternals(manager);
  const { retrieveSessionInfo } = options;
  options.retrieveSessionInfo = (id) => {
    const shard = shards.get(id);
    if (shard && id === session.shardId) shard.sessionInfo = { ...session };
    options.retrieveSessionInfo = retrieveSessionInfo;
    return retrieveSessionInfo(id);
  };
}

/**
 * discord.js gives the session up when it cannot reach the gateway on its first try to come back: each outage of the network would
 * cost an IDENTIFY, and what happened meanwhile would never be heard. But a connection that failed before HELLO says nothing about
 * the session. From now on only Discord ends it. To be called before the first connection.
 */
export function outlastOutages(manager: WebSocketManager): void {
  const { options } = managerInternals(manager);
  const { retrieveSessionInfo, updateSessionInfo } = options;
  let hasReached = false;
  let isClosed = true;
  manager.on(WebSocketShardEvents.Hello, () => {
    hasReached = true;
  });
  manager.on(WebSocketShardEvents.Closed, () => {
    isClosed = true;
  });
  options.retrieveSessionInfo = (id) => {
    if (isClosed) hasReached = false; // the next connection is being made
    isClosed = false;
    return retrieveSessionInfo(id);
  };
  options.updateSessionInfo = (id, info) => (info !== null || hasReached ? updateSessionInfo(id, info) : undefined);
}

/**
 * Before it connects, discord.js asks Discord where, and how many IDENTIFYs are left. A RESUME needs neither, and the answer takes
 * longer than all the rest: until RESUMED it is made up.
 */
function spareRequest(manager: WebSocketManager, { resumeURL, shardCount }: GatewaySessionInfo): void {
  const { fetchGatewayInformation } = manager;
  const limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
  manager.fetchGatewayInformation = async () => ({ url: resumeURL, shards: shardCount, session_start_limit: limit });
  manager.once(WebSocketShardEvents.Resumed, () => {
    manager.fetchGatewayInformation = fetchGatewayInformation;
  });
}

/**
 * What is sent before RESUMED waits for it. @discordjs/ws would wait for READY, which a resumed session never gets, and fails
 * without a connection; `client.user.setPresence` makes an unhandled rejection of that.
 */
function holdSends(manager: WebSocketManager): void {
  const internals = managerInternals(manager);
  const send = manager.send.bind(manager);
  const open = new Promise<void>((resolve) => {
    const opened = () => {
      internals.send = send;
      resolve();
    };
    manager.once(WebSocketShardEvents.Resumed, opened);
    manager.once(WebSocketShardEvents.Ready, opened);
  });
  internals.send = async (shardId, payload) => {
    await open;
    return send(shardId, payload);
  };
}

function becomeReady(client: Client, shardId: number): void {
  const { ws } = internalsOf(client);
  const shard = ws.shards.get(shardId);
  if (!shard) return;
  const { status } = shard;
  shard.status = Status.Ready;
  ws.checkShardsReady();
  shard.status = status; // Resuming, until RESUMED
}

/**
 * Closes the connection so that Discord keeps the session for another process. Nothing that arrives from now on is handled;
 * nothing connects or identifies again, also not what is under way. What is still sent by way of the gateway is dropped. REST
 * goes on: call `client.destroy()` when nobody needs it any more, which says nothing to Discord then.
 *
 * May never settle when the gateway has stopped answering, so put a deadline to it; the close frame is sent at once.
 */
export async function closeResumable(client: Client): Promise<void> {
  const manager = internalsOf(client).ws._ws;
  if (!manager) return; // never logged in
  const internals = managerInternals(manager);
  // Whoever connects asks for the session first: here it waits for ever.
  internals.options.retrieveSessionInfo = () => new Promise(() => {});
  internals.options.updateSessionInfo = () => {};
  internals.send = async () => {};
  manager.removeAllListeners(WebSocketShardEvents.Closed); // discord.js would say that it reconnects
  await manager.destroy({ code: CloseCodes.Resuming, reason: 'The session goes on in another process' });
}

const adapted = new WeakSet<Client>();

/** Once for each client, innermost: see {@link whileReady} and {@link withoutCountingAgain}. */
function handleAsReady(client: Client): void {
  if (adapted.has(client)) return;
  adapted.add(client);
  const { ws } = internalsOf(client);
  const handle = ws.handlePacket.bind(ws);
  ws.handlePacket = (packet, shard) => {
    if (!packet) return handle(packet, shard);
    return whileReady(shard, () => withoutCountingAgain(client, packet, () => handle(packet, shard)));
  };
}

/**
 * discord.js 14.28.1 emits no guildMemberAdd, guildMemberRemove and guildMemberUpdate while a shard is resuming, so that who
 * joins during a short outage is never seen. What Discord repeats is handled as if the shard were ready.
 */
function whileReady<T>(shard: Shard | undefined, run: () => T): T {
  if (shard?.status !== Status.Resuming) return run();
  shard.status = Status.Ready;
  try {
    return run();
  } finally {
    if (shard.status === Status.Ready) shard.status = Status.Resuming;
  }
}

/** Members are counted up and down: what a primed guild has counted already, and Discord repeats, is not counted again. */
function withoutCountingAgain<T>(client: Client, packet: Packet, run: () => T): T {
  const { t, s, d } = packet;
  if (t === GatewayDispatchEvents.Resumed) primedOf.get(client)?.clear(); // from here on everything is new
  if (t !== GatewayDispatchEvents.GuildMemberAdd && t !== GatewayDispatchEvents.GuildMemberRemove) return run();
  const { guild_id: id } = d as { guild_id: string };
  const guild = client.guilds.cache.get(id);
  const primed = primedOf.get(client)?.get(id);
  if (!guild || !primed || s > primed.s) return run();
  const { memberCount } = guild;
  try {
    return run();
  } finally {
    guild.memberCount = memberCount;
  }
}

function primedGuilds(client: Client): Map<string, Pick<PrimedGuild, 's' | 'checksum'>> {
  const known = primedOf.get(client);
  if (known) return known;
  const primed = new Map<string, Pick<PrimedGuild, 's' | 'checksum'>>();
  primedOf.set(client, primed);
  return primed;
}
