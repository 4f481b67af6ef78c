import { type WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { ActivityType, type Client, Events, GatewayOpcodes } from 'discord.js';
import type { Clock } from '../../shared/clock.js';
import { DeadlineError, deadline } from '../../shared/deadline.js';
import { describeError, isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { GatewayStatus } from '../../shared/ipc-protocol.js';
import type { Service } from '../../shared/lifecycle/index.js';
import type { Logger } from '../../shared/logging/logger.js';
import { createClient } from './client-factory.js';
import { DispatchProbe } from './dispatch-probe.js';
import { errorOfClose, errorOfLogin } from './gateway-errors.js';
import { GatewayHealth } from './gateway-health.js';
import type { IdentifyLease, IdentifyLeases } from './identify-leases.js';
import { LeasedIdentifyThrottler } from './identify-throttler.js';

/** discord.js may never settle `destroy()` when the gateway has stopped answering. */
const DESTROY_LIMIT_MS = 2_000;
/** discord.js 14.28.1 never settles it before READY, and connects again after 500 ms: it has sent its close frame by now. */
const DESTROY_UNREADY_LIMIT_MS = 250;

export interface GatewayServiceOptions {
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly loginTimeoutMs: number;
  readonly dependsOn: readonly string[];
  readonly leases: IdentifyLeases;
  readonly log: Logger;
  readonly clock: Clock;
  /** Each new client, before it logs in: listeners belong here. */
  readonly onClient: (client: Client) => void;
  /** A connection that was up broke; discord.js resumes it by itself. */
  readonly onDisconnect: () => void;
  /** Discord closed the session for good, after it had been up. */
  readonly onFatalClose: (error: TuxError) => void;
  /** The IDENTIFY budget has none to give. */
  readonly onBudgetDenied: (denied: IdentifyLease & { granted: false }) => void;
}

/**
 * The connection to Discord, the last service to start: a start that fails before it costs no IDENTIFY. Login has a
 * deadline of its own, since discord.js retries some closes for ever without ever settling `login()`.
 */
export class GatewayService implements Service {
  readonly name = 'gateway';
  readonly critical = true;
  readonly dependsOn: readonly string[];
  readonly initializeTimeoutMs: number;
  readonly cleanupTimeoutMs = DESTROY_LIMIT_MS + 500;
  /** Retries what costs no IDENTIFY: REST that cannot be reached. Everything else is the supervisor's to judge. */
  readonly retry = { attempts: 3, backoff: { baseMs: 1_000, maxMs: 10_000 } };
  readonly #options: GatewayServiceOptions;
  readonly #health: GatewayHealth;
  readonly #probe: DispatchProbe;
  readonly #closing = new AbortController();
  #client: Client | null = null;
  #sockets: WebSocketManager | null = null;

  constructor(options: GatewayServiceOptions) {
    this.#options = options;
    this.dependsOn = options.dependsOn;
    this.initializeTimeoutMs = options.loginTimeoutMs + DESTROY_LIMIT_MS + 1_000;
    const { clock } = options;
    this.#health = new GatewayHealth(clock);
    this.#probe = new DispatchProbe({ health: this.#health, clock, send: () => this.#askForOurselves() });
  }

  /** The client that is logged in; null before and after. */
  get client(): Client<true> | null {
    return this.#client?.isReady() ? this.#client : null;
  }

  /** Whether Discord is repeating events after a RESUME. */
  get isReplaying(): boolean {
    return false;
  }

  status(): GatewayStatus {
    return this.#health.status(this.#client?.guilds.cache.size ?? 0);
  }

  /** Asks Discord for an event unless one came just now, so that `status` is true; takes a second at most. */
  checkDispatches(): Promise<void> {
    return this.#probe.check();
  }

  showActivity(text: string | null): void {
    const activities = text === null ? [] : [{ type: ActivityType.Custom, name: 'status', state: text }];
    this.client?.user.setPresence({ activities, status: text === null ? 'online' : 'dnd' });
  }

  /** From now on nothing identifies any more. The first thing a shutdown does; the connection itself closes later. */
  quiesce(): void {
    this.#closing.abort();
  }

  shouldRetry(error: unknown): boolean {
    return isTuxError(error) && error.code === 'TUX_DISCORD_UNREACHABLE';
  }

  async initialize(signal: AbortSignal): Promise<void> {
    const { loginTimeoutMs, log } = this.#options;
    signal.throwIfAborted();
    const attempt = new AbortController();
    const closing = AbortSignal.any([this.#closing.signal, attempt.signal]);
    const client = this.#createClient(closing);
    this.#client = client;
    this.#health.noteConnecting();
    try {
      await deadline('login to Discord', loginTimeoutMs, (limit) => this.#login(client, limit), signal);
      this.#health.noteReady();
      void this.#probe.watch(this.#closing.signal);
      log.info(
        { event: 'gateway:ready', user: client.user?.tag, guilds: client.guilds.cache.size },
        `✅ Logged in to Discord as ${client.user?.tag}, in ${client.guilds.cache.size} guild(s)`,
      );
    } catch (error) {
      attempt.abort();
      this.#client = null;
      await this.#destroy(client);
      throw error instanceof DeadlineError ? loginTimeout(error) : error;
    }
  }

  async cleanup(): Promise<void> {
    this.quiesce();
    const client = this.#client;
    this.#client = null;
    if (client) await this.#destroy(client);
    this.#health.noteClosed();
  }

  #createClient(closing: AbortSignal): Client {
    const { apiUrl, leases, clock, onBudgetDenied, onClient } = this.#options;
    const client = createClient({
      apiUrl,
      buildIdentifyThrottler: (manager) => {
        this.#observe(manager);
        return new LeasedIdentifyThrottler(manager, { leases, clock, closing, onDenied: onBudgetDenied });
      },
    });
    this.#listen(client, closing);
    onClient(client);
    return client;
  }

  /** Resolves at `clientReady`; rejects with a TuxError as soon as it is clear that it will not come. */
  #login(client: Client, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      client.once(Events.ClientReady, () => resolve());
      client.once(Events.ShardDisconnect, ({ code }) =>
        reject(errorOfClose(code) ?? errorOfLogin(new Error(`closed with ${code}`))),
      );
      // A fatal close is reported as an event and as a rejection; the event, which knows the code, comes in the same tick.
      client.login(this.#options.token).catch((cause: unknown) => setImmediate(() => reject(errorOfLogin(cause))));
    });
  }

  #listen(client: Client, closing: AbortSignal): void {
    const { log, onDisconnect, onFatalClose } = this.#options;
    // Without a listener an error event ends the process; a listener of ours that rejects arrives here, too.
    client.on(Events.Error, (error) => log.error({ event: 'discord:error', err: error }, `❌ ${error.message}`));
    client.on(Events.Warn, (message) => log.warn({ event: 'discord:warn' }, message));
    client.on(Events.Debug, (message) => log.trace({ event: 'discord:debug' }, message));
    client.on(Events.ShardError, (error) =>
      log.warn({ event: 'gateway:error', err: error }, `⚠️ Gateway: ${error.message}`),
    );
    client.on(Events.ShardReconnecting, () => {
      const wasReady = this.status().status === 'ready'; // else it is another try to come back
      this.#health.noteClosed();
      if (closing.aborted) return;
      log.warn({ event: 'gateway:disconnected' }, '⚠️ Disconnected from Discord, reconnecting');
      if (wasReady) onDisconnect();
    });
    client.on(Events.ShardReady, () => {
      if (client.isReady()) this.#health.noteReady(); // an IDENTIFY after the first one
    });
    client.on(Events.ShardResume, (_shardId, replayed) => {
      this.#health.noteReady();
      log.info({ event: 'gateway:resumed', replayed }, `✅ Resumed the Discord session, ${replayed} events replayed`);
    });
    client.on(Events.ShardDisconnect, ({ code }) => {
      this.#health.noteClosed();
      const error = errorOfClose(code);
      if (error && client.isReady() && !closing.aborted) onFatalClose(error);
    });
  }

  #observe(manager: WebSocketManager): void {
    this.#sockets = manager;
    manager.on(WebSocketShardEvents.Dispatch, () => {
      this.#health.noteDispatch();
      this.#probe.noteDispatch();
    });
    manager.on(WebSocketShardEvents.HeartbeatComplete, ({ latency }) => this.#health.noteAck(latency));
  }

  /**
   * Requests one guild member, ourselves: the smallest thing that Discord answers with an event. Not by way of the client, whose
   * `send` lets the rejection of a closed connection become an unhandled one.
   */
  #askForOurselves(): boolean {
    const { client } = this;
    const sockets = this.#sockets;
    const guild = client?.guilds.cache.find(({ available }) => available);
    if (!client || !guild || !sockets) return false;
    const d = { guild_id: guild.id, user_ids: [client.user.id], nonce: 'tux-alive' };
    const ask = async () => sockets.send(guild.shardId, { op: GatewayOpcodes.RequestGuildMembers, d });
    ask().catch(() => {}); // it stays unanswered, which says it
    return true;
  }

  async #destroy(client: Client): Promise<void> {
    const isReady = client.isReady();
    const limitMs = isReady ? DESTROY_LIMIT_MS : DESTROY_UNREADY_LIMIT_MS;
    try {
      await deadline('closing the Discord connection', limitMs, () => client.destroy());
    } catch (error) {
      if (!isReady) return;
      this.#options.log.warn(
        { event: 'gateway:destroy-failed' },
        `⚠️ ${describeError(error)}; the process end closes it`,
      );
    }
  }
}

function loginTimeout(cause: DeadlineError): TuxError {
  return new TuxError('TUX_DISCORD_LOGIN_TIMEOUT', `Discord did not let Tux in within ${cause.limitMs} ms`, {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
    hint: 'check https://discordstatus.com; the supervisor tries again within the IDENTIFY budget',
  });
}
