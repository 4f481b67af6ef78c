import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayCloseCodes } from 'discord-api-types/v10';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Conditions } from '../faults/conditions.js';
import type { Recorder } from '../record/recorder.js';
import type { Tokens } from '../tokens.js';
import type { World } from '../world/world.js';
import type { GatewayNews } from '../world/world-events.js';
import { GatewayConnection } from './connection.js';
import type { Session } from './session.js';
import type { SessionStartLimit } from './session-start-limit.js';

/** How long a client has to answer the closing handshake. */
const CLOSE_GRACE_MS = 250;

export interface GatewayParts {
  readonly world: World;
  readonly recorder: Recorder;
  readonly conditions: Conditions;
  readonly tokens: Tokens;
  readonly sessionStartLimit: SessionStartLimit;
  readonly heartbeatIntervalMs: number;
  /** How long a session without a connection can be resumed. */
  readonly sessionLifeMs: number;
}

/** The gateway: its connections, and the sessions that live longer than they do. */
export class Gateway {
  readonly world: World;
  readonly recorder: Recorder;
  readonly conditions: Conditions;
  readonly tokens: Tokens;
  readonly heartbeatIntervalMs: number;
  readonly #sessionLifeMs: number;
  /** `ws://…`, known once the server listens. */
  url = '';
  /** Sessions that can be resumed, by id. */
  readonly sessions = new Map<string, Session>();
  readonly #limit: SessionStartLimit;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<GatewayConnection>();
  #connectionCount = 0;
  #onEmpty: (() => void)[] = [];

  constructor(parts: GatewayParts) {
    this.world = parts.world;
    this.recorder = parts.recorder;
    this.conditions = parts.conditions;
    this.tokens = parts.tokens;
    this.heartbeatIntervalMs = parts.heartbeatIntervalMs;
    this.#sessionLifeMs = parts.sessionLifeMs;
    this.#limit = parts.sessionStartLimit;
  }

  get connections(): ReadonlySet<GatewayConnection> {
    return this.#connections;
  }

  /** Takes over an HTTP connection that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.conditions.isGatewayDown) {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request));
  }

  /** True when somebody hears, or will hear when it resumes, what is broadcast. */
  get isBotReachable(): boolean {
    this.#dropExpiredSessions();
    return this.sessions.size > 0;
  }

  /** Tells every session; those without a connection hear of it when they resume. */
  broadcast(news: GatewayNews): void {
    this.#dropExpiredSessions();
    const attached = new Set<Session | null>();
    for (const connection of this.#connections) {
      attached.add(connection.session);
      connection.dispatch(news);
    }
    for (const session of this.sessions.values()) if (!attached.has(session)) session.next(news);
  }

  /** The session that a RESUME with this token may continue. */
  findSession(id: string, token: string): Session | undefined {
    this.#dropExpiredSessions();
    const session = this.sessions.get(id);
    return session?.token === token ? session : undefined;
  }

  /** Ends the connection that still holds a session which `heir` resumes. */
  takeOver(session: Session, heir: GatewayConnection): void {
    for (const connection of this.#connections) {
      if (connection === heir || connection.session !== session) continue;
      if (connection.isOpen) this.recorder.counters.takeOvers += 1;
      connection.surrender();
    }
  }

  /** Ends every session that no connection holds: a RESUME of it will be refused. */
  forgetSessions(): void {
    for (const { id, detachedAt } of this.sessions.values()) if (detachedAt !== null) this.sessions.delete(id);
  }

  /**
   * Spends one IDENTIFY of the day. When none is left, Discord ends every session and resets the bot's token; so does
   * this.
   */
  takeSessionStart(): boolean {
    if (this.#limit.take()) return true;
    this.revokeTokens();
    return false;
  }

  /** Revokes one token, or all of them, and ends the sessions that used them. */
  revokeTokens(token?: string): void {
    this.tokens.revoke(token);
    for (const connection of this.#connections) {
      const used = connection.session?.token;
      if (used === undefined || !this.tokens.accepts(used)) connection.close(GatewayCloseCodes.AuthenticationFailed);
    }
  }

  countConnections(): void {
    const { counters } = this.recorder;
    const open = [...this.#connections].filter((connection) => connection.isOpen);
    counters.liveConnections = open.length;
    counters.liveSessions = open.filter((connection) => connection.session !== null).length;
    counters.maxLiveSessions = Math.max(counters.maxLiveSessions, counters.liveSessions);
    if (open.length === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  /** Resolves as soon as no connection is open. */
  async whenEmpty(): Promise<void> {
    if (this.recorder.counters.liveConnections > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  forget(connection: GatewayConnection): void {
    this.#connections.delete(connection);
    if (connection.session) connection.session.detachedAt = this.world.clock.monotonic();
    this.countConnections();
  }

  /** Closes every connection as Discord does when it goes down for maintenance; cuts those that do not answer. */
  close(): void {
    for (const connection of this.#connections) connection.close(1001);
    for (const socket of this.#server.clients) setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    this.#server.close();
  }

  #dropExpiredSessions(): void {
    const oldest = this.world.clock.monotonic() - this.#sessionLifeMs;
    for (const { id, detachedAt } of this.sessions.values()) {
      if (detachedAt !== null && detachedAt < oldest) this.sessions.delete(id);
    }
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    this.#connectionCount += 1;
    const connection = new GatewayConnection(this, socket, this.#connectionCount);
    this.#connections.add(connection);
    this.countConnections();
    const query = new URL(request.url ?? '/', 'ws://sandbox').searchParams;
    const isSupported =
      query.get('v') === '10' && (query.get('encoding') ?? 'json') === 'json' && !query.has('compress');
    if (isSupported) void connection.greet();
    else connection.close(GatewayCloseCodes.InvalidAPIVersion);
  }
}
