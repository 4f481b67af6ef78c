import type { IIdentifyThrottler, WebSocketManager } from '@discordjs/ws';
import { WebSocketShardEvents } from '@discordjs/ws';
import { type Client, Events } from 'discord.js';
import { formatCount } from '../../shared/cli/format.js';
import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Logger } from '../../shared/logging/logger.js';
import { createClient } from './client-factory.js';
import type { DispatchProbe } from './dispatch-probe.js';
import { errorOfClose, errorOfLogin } from './gateway-errors.js';
import type { GatewayHealth } from './gateway-health.js';
import type { IdentifyLease, IdentifyLeases } from './identify-leases.js';
import { LeasedIdentifyThrottler } from './identify-throttler.js';
import {
  closeResumable,
  handOverSession,
  observePackets,
  outlastOutages,
  primeGuilds,
} from './session/discord-internals.js';
import type { ResumePlan, SessionKeeper } from './session/session-keeper.js';
import type { Connector, WaitingClient } from './waiting-client.js';

/** discord.js may never settle `destroy()` when the gateway has stopped answering. */
export const DESTROY_LIMIT_MS = 2_000;
/** Connections that may fail in a row, half a second apart, before the address of a session is given up. */
const MAX_RESUME_FAILURES = 5;
/** discord.js 14.28.1 never settles it before READY, and connects again after 500 ms: it has sent its close frame by now. */
const DESTROY_UNREADY_LIMIT_MS = 250;

export interface LoginAttemptOptions {
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly leases: IdentifyLeases;
  readonly session: SessionKeeper;
  /** The session to go on with; null: a new one. */
  readonly plan: ResumePlan | null;
  /** A client that knows guilds already, and that nobody has logged in with; null: a fresh one. Only for a plan. */
  readonly waiting: WaitingClient | null;
  readonly health: GatewayHealth;
  readonly probe: DispatchProbe;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts when the bot shuts down. */
  readonly closing: AbortSignal;
  /** The client, before it logs in: listeners belong here. */
  readonly onClient: (client: Client) => void;
  /** A connection that was up broke; discord.js resumes it by itself. */
  readonly onDisconnect: () => void;
  /** Discord closed the session for good, after it had been up. */
  readonly onFatalClose: (error: TuxError) => void;
  /** The IDENTIFY budget has none to give. */
  readonly onBudgetDenied: (denied: IdentifyLease & { granted: false }) => void;
}

/**
 * One client, from its making to its end. A client logs in once: discord.js never resets `ws.destroyed` (its issue #10493). With a
 * plan it goes on with the session of an earlier process; a client that would IDENTIFY instead is of no use, since its caches
 * are those of another time.
 */
export class LoginAttempt {
  readonly client: Client;
  readonly #options: LoginAttemptOptions;
  /** The attempt has failed. */
  readonly #over = new AbortController();
  readonly #closing: AbortSignal;
  #sockets: WebSocketManager | null = null;
  #onRefused: (error: TuxError) => void = () => {};
  #onResumed: () => void = () => {};
  #isUp = false;
  #failures = 0;

  constructor(options: LoginAttemptOptions) {
    this.#options = options;
    this.#closing = AbortSignal.any([options.closing, this.#over.signal]);
    const { apiUrl, plan, waiting, session, onClient } = options;
    const connector: Connector = {
      buildIdentifyThrottler: (manager) => this.#createThrottler(manager),
      onSockets: (manager) => {
        this.#observe(manager);
        if (plan) this.#handOver(manager, plan);
      },
    };
    this.client = waiting?.useBy(connector) ?? createClient({ apiUrl, ...connector });
    if (session.isUsable) observePackets(this.client, session);
    this.#listen();
    onClient(this.client);
  }

  get sockets(): WebSocketManager | null {
    return this.#sockets;
  }

  /**
   * Resolves when Tux is logged in, and knows its guilds. After a rejection the client is destroyed.
   *
   * @throws TuxError of `gateway-errors`; TUX_SESSION_REFUSED when Discord does not go on with the session, TUX_SESSION_UNREACHABLE; the reason of `signal`.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { plan, session } = this.#options;
    try {
      if (plan) await primeGuilds(this.client, plan.snapshot, signal);
      if (plan) session.beginReplay(plan);
      await this.#login(signal);
      this.#isUp = true;
    } catch (error) {
      this.#over.abort();
      // Called off by a shutdown, it says nothing about the session: that is for the next worker.
      await this.close(plan !== null && this.#options.closing.aborted);
      throw error;
    }
  }

  /** @param keep leaves the session to the next worker. */
  async close(keep: boolean): Promise<void> {
    const { client } = this;
    const isReady = client.isReady();
    const limitMs = isReady ? DESTROY_LIMIT_MS : DESTROY_UNREADY_LIMIT_MS;
    const end = () => (keep ? closeResumable(client) : client.destroy());
    try {
      await deadline('closing the Discord connection', limitMs, end);
    } catch (error) {
      if (!isReady) return;
      this.#options.log.warn(
        { event: 'gateway:destroy-failed' },
        `⚠️ ${describeError(error)}; the process end closes it`,
      );
    }
  }

  #handOver(manager: WebSocketManager, { record, sequence, snapshot }: ResumePlan): void {
    const { sessionId, resumeUrl: resumeURL, shardCount } = record;
    handOverSession(this.client, manager, { sessionId, resumeURL, sequence, shardId: 0, shardCount }, snapshot.ready);
  }

  /** Resolves when logged in; rejects with a TuxError as soon as it is clear that it will not come. */
  #login(signal: AbortSignal): Promise<void> {
    const { client } = this;
    const { plan, token } = this.#options;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#onRefused = reject;
      // Not the event of the client: what Discord has repeated may have to wait for the rest of the bot.
      if (plan) this.#onResumed = resolve;
      else client.once(Events.ClientReady, () => resolve());
      client.once(Events.ShardDisconnect, ({ code }) =>
        reject(errorOfClose(code) ?? errorOfLogin(new Error(`closed with ${code}`))),
      );
      // A fatal close is reported as an event and as a rejection; the event, which knows the code, comes in the same tick.
      client.login(token).catch((cause: unknown) => setImmediate(() => reject(errorOfLogin(cause))));
    });
  }

  /** As long as the session is to be gone on with, a client that wants to IDENTIFY says that Discord refused that. */
  #createThrottler(manager: WebSocketManager): IIdentifyThrottler {
    const { leases, clock, onBudgetDenied, plan } = this.#options;
    const leased = new LeasedIdentifyThrottler(manager, {
      leases,
      clock,
      closing: this.#closing,
      onDenied: onBudgetDenied,
    });
    if (!plan) return leased;
    return {
      waitForIdentify: (shardId, signal) => {
        if (this.#isUp) return leased.waitForIdentify(shardId, signal);
        this.#onRefused(refusedError());
        return new Promise(() => {}); // never: this client is given up
      },
    };
  }

  #listen(): void {
    const { client } = this;
    const { plan, log, health, session, onDisconnect, onFatalClose } = this.#options;
    // Without a listener an error event ends the process; a listener of ours that rejects arrives here, too.
    client.on(Events.Error, (error) => log.error({ event: 'discord:error', err: error }, `❌ ${error.message}`));
    client.on(Events.Warn, (message) => log.warn({ event: 'discord:warn' }, message));
    client.on(Events.Debug, (message) => log.trace({ event: 'discord:debug' }, message));
    client.on(Events.ShardError, (error) =>
      log.warn({ event: 'gateway:error', err: error }, `⚠️ Gateway: ${error.message}`),
    );
    client.on(Events.ShardReconnecting, () => {
      if (plan && !this.#isUp) return this.#noteFailure();
      const wasUp = health.isUp; // else it is another try to come back
      health.noteClosed();
      if (this.#closing.aborted) return;
      log.warn({ event: 'gateway:disconnected' }, '⚠️ Disconnected from Discord, reconnecting');
      if (wasUp) onDisconnect();
    });
    client.on(Events.ShardReady, () => {
      if (!this.#isUp || !client.isReady()) return;
      health.noteReady(); // an IDENTIFY after the first one
      session.noteReady(client);
    });
    client.on(Events.ShardResume, (_shardId, replayed) => {
      health.noteReady();
      log.info(
        { event: 'gateway:resumed', replayed },
        `✅ Resumed the Discord session, ${formatCount(replayed, 'event')} replayed`,
      );
    });
    client.on(Events.ShardDisconnect, ({ code }) => {
      health.noteClosed();
      const error = errorOfClose(code);
      if (error && client.isReady() && !this.#closing.aborted) onFatalClose(error);
    });
  }

  /** A connection for the RESUME did not come about, or broke; discord.js tries again for as long as it takes. */
  #noteFailure(): void {
    this.#failures += 1;
    if (this.#failures >= MAX_RESUME_FAILURES) this.#onRefused(unreachableError());
  }

  #observe(manager: WebSocketManager): void {
    const { health, probe, session } = this.#options;
    this.#sockets = manager;
    if (session.isUsable) outlastOutages(manager);
    manager.on(WebSocketShardEvents.Dispatch, () => {
      health.noteDispatch();
      probe.noteDispatch();
    });
    manager.on(WebSocketShardEvents.Resumed, () => this.#onResumed());
    manager.on(WebSocketShardEvents.HeartbeatComplete, ({ latency }) => {
      health.noteAck(latency);
      session.noteAlive();
    });
  }
}

function unreachableError(): TuxError {
  return new TuxError('TUX_SESSION_UNREACHABLE', 'The gateway that has the session cannot be reached', {
    exitCode: ExitCode.UNAVAILABLE,
  });
}

function refusedError(): TuxError {
  return new TuxError('TUX_SESSION_REFUSED', 'Discord does not go on with the session', {
    exitCode: ExitCode.UNAVAILABLE,
  });
}
