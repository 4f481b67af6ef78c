import { ActivityType, type Client, GatewayOpcodes } from 'discord.js';
import { formatCount } from '../../shared/cli/format.js';
import { DeadlineError, deadline } from '../../shared/deadline.js';
import { isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { FreshSessionReason, GatewayStatus } from '../../shared/ipc-protocol.js';
import type { Service } from '../../shared/lifecycle/index.js';
import type { AnswerNote } from '../framework/answer-note.js';
import { DispatchProbe } from './dispatch-probe.js';
import { GatewayHealth } from './gateway-health.js';
import { DESTROY_LIMIT_MS, LoginAttempt, type LoginAttemptOptions } from './login-attempt.js';
import { CachesAhead } from './session/caches-ahead.js';
import { type Answerer, rehearseResume } from './session/rehearsal.js';
import type { ResumePlan } from './session/session-keeper.js';

/** Discord answers a RESUME within a round trip; the events it repeats take longer. */
const RESUME_LIMIT_MS = 15_000;

export interface GatewayServiceOptions
  extends Omit<LoginAttemptOptions, 'plan' | 'waiting' | 'health' | 'probe' | 'closing'> {
  readonly loginTimeoutMs: number;
  /** Logged in, at the start; events come from now on. */
  readonly onReady: (client: Client<true>) => void;
  readonly dependsOn: readonly string[];
  /** Answers what is said in the rehearsal of a standby. */
  readonly rehearsalAnswerer: () => Answerer;
}

/**
 * The connection to Discord, the last service to start: a start that fails before it costs no IDENTIFY. It goes on with the
 * gateway session of the worker before if it can, and opens a new one otherwise. Login has a deadline of its own, since
 * discord.js retries some closes for ever without ever settling `login()`.
 */
export class GatewayService implements Service {
  readonly name = 'gateway';
  readonly critical = true;
  readonly dependsOn: readonly string[];
  readonly initializeTimeoutMs: number;
  readonly cleanupTimeoutMs = DESTROY_LIMIT_MS + 1_500;
  /** Retries what costs no IDENTIFY: REST that cannot be reached. Everything else is the supervisor's to judge. */
  readonly retry = { attempts: 3, backoff: { baseMs: 1_000, maxMs: 10_000 } };
  readonly #options: GatewayServiceOptions;
  readonly #health: GatewayHealth;
  readonly #probe: DispatchProbe;
  readonly #closing = new AbortController();
  readonly #caches: CachesAhead;
  #attempt: LoginAttempt | null = null;
  #keepsSession = false;
  #isOrderly = true;
  #isLeftToNext = false;
  /** A RESUME that was begun before the rest of the bot was up. */
  #ahead: Promise<FreshSessionReason | null> | null = null;

  constructor(options: GatewayServiceOptions) {
    this.#options = options;
    this.dependsOn = options.dependsOn;
    this.initializeTimeoutMs = RESUME_LIMIT_MS + options.loginTimeoutMs + 2 * DESTROY_LIMIT_MS + 1_000;
    const { clock } = options;
    this.#caches = new CachesAhead(options);
    this.#health = new GatewayHealth(clock);
    this.#probe = new DispatchProbe({ health: this.#health, clock, send: () => this.#askForOurselves() });
  }

  /** The client that is logged in; null before and after. */
  get client(): Client<true> | null {
    const client = this.#attempt?.client;
    return client?.isReady() ? client : null;
  }

  /** Whether Discord is repeating events after a RESUME. */
  get isReplaying(): boolean {
    return this.#options.session.isReplaying;
  }

  /** Resolves when it has repeated everything, and who listens has been told. */
  whenReplayed(): Promise<void> {
    return this.#options.session.whenReplayed();
  }

  /** Whether the worker before had begun with the event that is being told. */
  get isBegun(): boolean {
    return this.#options.session.isBegun;
  }

  /** Of the interaction that is being told. */
  get answerNote(): AnswerNote {
    return this.#options.session.answerNote;
  }

  /** True once the session was closed for the next worker, which then deals with every event that is not done by now. */
  get isLeftToNext(): boolean {
    return this.#isLeftToNext;
  }

  status(): GatewayStatus {
    return this.#health.status(this.#attempt?.client.guilds.cache.size ?? 0);
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

  /** Whether the next worker could go on with the session; else {@link handOver} would leave events to nobody. */
  get canHandOver(): boolean {
    return this.#options.session.isUsable;
  }

  /**
   * {@link quiesce}, and from now on events are left to the next worker, which goes on with the session.
   *
   * @param isOrderly false after an error, of which an event may be the cause.
   */
  handOver(isOrderly: boolean): void {
    this.quiesce();
    this.#keepsSession = true;
    this.#isOrderly = isOrderly;
    this.#options.session.hold();
  }

  /** For a standby: what a RESUME takes has been done before when it counts, and the guilds are known, but for what changes yet. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { session, rehearsalAnswerer } = this.#options;
    try {
      await rehearseResume(await session.peek(signal), rehearsalAnswerer(), signal);
    } finally {
      await this.#caches.fill(signal);
    }
  }

  /** About how much memory a standby takes for guilds that it knows ahead. */
  get bytesAhead(): number {
    return this.#caches.bytes;
  }

  /**
   * Begins to go on with the session of the worker before, while the rest of the bot still starts: that costs no IDENTIFY, and
   * events wait until {@link initialize}. To be called once `bot.lock` is held. When it does not work, `initialize` says why.
   */
  resumeAhead(): void {
    this.#options.session.holdBack();
    this.#ahead = this.#tryToResume(this.#closing.signal);
    this.#ahead.catch(() => {}); // whoever awaits it hears of it
  }

  shouldRetry(error: unknown): boolean {
    return isTuxError(error) && error.code === 'TUX_DISCORD_UNREACHABLE';
  }

  async initialize(signal: AbortSignal): Promise<void> {
    const { session, log, loginTimeoutMs } = this.#options;
    signal.throwIfAborted();
    if (!this.#ahead) session.holdBack();
    const ahead = this.#ahead ?? this.#tryToResume(signal);
    this.#ahead = null;
    const reason = await ahead;
    signal.throwIfAborted();
    if (reason !== null) {
      await this.#caches.drop(); // they are of another time
      session.noteFresh(reason);
      log.info({ event: 'session:fresh', reason }, `🔧 A new session with Discord (${reason})`);
      await this.#run(null, loginTimeoutMs, signal).catch((error: unknown) => {
        throw error instanceof DeadlineError ? loginTimeout(error) : error;
      });
    }
    const { client } = this;
    if (client) {
      session.noteReady(client);
      this.#options.onReady(client);
    }
    session.letGo(); // after a RESUME, what Discord has repeated
    this.#health.noteReady();
    void this.#probe.watch(this.#closing.signal);
    log.info(
      { event: 'gateway:ready', user: client?.user.tag, guilds: client?.guilds.cache.size },
      `✅ Logged in to Discord as ${client?.user.tag}, in ${formatCount(client?.guilds.cache.size ?? 0, 'guild')}`,
    );
  }

  async cleanup(): Promise<void> {
    this.quiesce();
    await this.#ahead?.catch(() => {}); // the end of the start has called it off
    await this.#caches.drop();
    const attempt = this.#attempt;
    this.#attempt = null;
    await this.#options.session.close(this.#keepsSession, this.#isOrderly);
    this.#isLeftToNext = this.#keepsSession && this.canHandOver;
    await attempt?.close(this.#keepsSession);
    this.#health.noteClosed();
  }

  async #tryToResume(signal: AbortSignal): Promise<FreshSessionReason | null> {
    this.#caches.stop();
    const plan = await this.#options.session.plan();
    return typeof plan === 'string' ? plan : this.#resume(plan, signal);
  }

  /** @returns why there has to be a new session; null when the one before goes on. */
  async #resume(plan: ResumePlan, signal: AbortSignal): Promise<FreshSessionReason | null> {
    const { log } = this.#options;
    try {
      await this.#run(plan, RESUME_LIMIT_MS, signal);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      const reason = whyRefused(error);
      if (reason === null) throw error;
      log.warn({ event: 'session:refused', reason }, '⚠️ Discord does not go on with the session of the last run');
      return reason;
    }
  }

  async #run(plan: ResumePlan | null, limitMs: number, signal: AbortSignal): Promise<void> {
    this.#health.noteConnecting();
    const attempt = new LoginAttempt({
      ...this.#options,
      plan,
      waiting: plan && (await this.#caches.take(plan.snapshot.ready)),
      health: this.#health,
      probe: this.#probe,
      closing: this.#closing.signal,
    });
    this.#attempt = attempt;
    try {
      await deadline('login to Discord', limitMs, (limit) => attempt.run(limit), signal);
    } catch (error) {
      this.#attempt = null;
      throw error;
    }
  }

  /**
   * Requests one guild member, ourselves: the smallest thing that Discord answers with an event. Not by way of the client, whose
   * `send` lets the rejection of a closed connection become an unhandled one.
   */
  #askForOurselves(): boolean {
    const { client } = this;
    const sockets = this.#attempt?.sockets;
    const guild = client?.guilds.cache.find(({ available }) => available);
    if (!client || !guild || !sockets) return false;
    const d = { guild_id: guild.id, user_ids: [client.user.id], nonce: 'tux-alive' };
    const ask = async () => sockets.send(guild.shardId, { op: GatewayOpcodes.RequestGuildMembers, d });
    ask().catch(() => {}); // it stays unanswered, which says it
    return true;
  }
}

/** What a failed RESUME means for the session; null when it says nothing about it. */
function whyRefused(error: unknown): FreshSessionReason | null {
  if (error instanceof DeadlineError) return 'timeout';
  if (!isTuxError(error)) return null;
  if (error.code === 'TUX_SESSION_UNREACHABLE') return 'timeout';
  return error.code === 'TUX_SESSION_REFUSED' ? 'refused' : null;
}

function loginTimeout(cause: DeadlineError): TuxError {
  return new TuxError('TUX_DISCORD_LOGIN_TIMEOUT', `Discord did not let Tux in within ${cause.limitMs} ms`, {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
    hint: 'check https://discordstatus.com; the supervisor tries again within the IDENTIFY budget',
  });
}
