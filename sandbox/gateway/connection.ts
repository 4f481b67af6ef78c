import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import type { RecordedTurn } from '../record/recorder.js';
import type { GatewayNews } from '../world/world-events.js';
import type { Gateway } from './gateway.js';
import { guildCreatePayload, readyPayload } from './greeting.js';
import { type Incoming, identifySchema, parseIncoming, resumeSchema, withoutToken } from './incoming.js';
import { applicationFlags, hasUnknownIntents } from './intents.js';
import { memberChunks, memberRequestSchema } from './member-chunks.js';
import { Outbox } from './outbox.js';
import { type Dispatch, Session } from './session.js';

/** Ops that are taken note of and need no answer. */
const silentOps: readonly number[] = [
  GatewayOpcodes.PresenceUpdate,
  GatewayOpcodes.VoiceStateUpdate,
  GatewayOpcodes.RequestSoundboardSounds,
];

/** Heartbeat intervals without a heartbeat after which the connection is given up, a little above what a client may need. */
const SILENT_INTERVALS = 2.5;

/** One socket of the bot, from HELLO to close. */
export class GatewayConnection {
  readonly #gateway: Gateway;
  readonly #socket: WebSocket;
  readonly #number: number;
  readonly #outbox: Outbox;
  #silence: NodeJS.Timeout | undefined;
  /** Set from an accepted IDENTIFY or RESUME on. */
  #session: Session | null = null;
  #isClosedByServer = false;
  #isFrozen = false;

  constructor(gateway: Gateway, socket: WebSocket, number: number) {
    this.#gateway = gateway;
    this.#socket = socket;
    this.#number = number;
    this.#outbox = new Outbox(gateway.conditions, (text) => {
      if (this.isOpen) socket.send(text);
    });
    this.#turn({ what: 'opened' });
    socket.on('message', (data) => this.#receive(data));
    socket.on('close', (code) => this.#closed(code));
    // A reset connection reports an error before it closes; the close is what counts.
    socket.on('error', () => {});
  }

  get session(): Session | null {
    return this.#session;
  }

  /** False while closing, and for a frozen connection: it would not notice that the other side is gone. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && !this.#isFrozen;
  }

  async greet(): Promise<void> {
    await this.#gateway.conditions.hello.pass();
    if (!this.isOpen) return;
    const intervalMs = this.#gateway.heartbeatIntervalMs;
    this.#send(GatewayOpcodes.Hello, { heartbeat_interval: intervalMs });
    this.#expectHeartbeat();
  }

  /** Sends an event, if the session's intents ask for it. */
  dispatch(news: GatewayNews): void {
    const dispatch = this.#session?.next(news);
    if (dispatch && !this.#gateway.conditions.areEventsMuted) this.#sendDispatch(dispatch);
  }

  close(code: number): void {
    this.#isClosedByServer = true;
    this.#outbox.clear();
    this.#socket.close(code);
    this.#gateway.countConnections();
  }

  /** Gives the session up to another connection that resumed it. */
  surrender(): void {
    this.#session = null;
    this.close(GatewayCloseCodes.UnknownError);
  }

  /** Ends the TCP connection without a closing handshake. */
  cut(): void {
    this.#isClosedByServer = true;
    this.#socket.terminate();
  }

  /** Leaves the socket open, but reads and answers nothing any more. */
  freeze(): void {
    this.#isFrozen = true;
    this.#turn({ what: 'frozen' });
    clearTimeout(this.#silence);
    this.#socket.pause();
    this.#gateway.countConnections();
  }

  /** Op 7: asks the client to come back. */
  askToReconnect(): void {
    this.#send(GatewayOpcodes.Reconnect, null);
  }

  /** Op 9. The session is forgotten unless it may be resumed. */
  invalidate(isResumable: boolean): void {
    if (!isResumable && this.#session) this.#gateway.sessions.delete(this.#session.id);
    this.#send(GatewayOpcodes.InvalidSession, isResumable);
  }

  #receive(data: RawData): void {
    const message = parseIncoming(data.toString());
    const closeCode = message ? this.#handle(message) : GatewayCloseCodes.DecodeError;
    if (closeCode !== null) this.close(closeCode);
  }

  /** @returns the code to close with, if the message was not right. */
  #handle({ op, d }: Incoming): GatewayCloseCodes | null {
    this.#gateway.recorder.gateway.add({ direction: 'in', connection: this.#number, op, d: withoutToken(d) });
    if (op === GatewayOpcodes.Heartbeat) return this.#acknowledge();
    if (op === GatewayOpcodes.Identify) return this.#identify(d);
    if (op === GatewayOpcodes.Resume) return this.#resume(d);
    if (!this.#session) return GatewayCloseCodes.NotAuthenticated;
    if (op === GatewayOpcodes.RequestGuildMembers) return this.#sendMembers(d);
    return silentOps.includes(op) ? null : GatewayCloseCodes.UnknownOpcode;
  }

  #acknowledge(): null {
    this.#expectHeartbeat();
    if (!this.#gateway.conditions.areAcksMuted) this.#send(GatewayOpcodes.HeartbeatAck);
    return null;
  }

  #identify(d: unknown): GatewayCloseCodes | null {
    this.#gateway.recorder.counters.identifies += 1;
    const identify = identifySchema.safeParse(d);
    if (!identify.success) return GatewayCloseCodes.DecodeError;
    const { token, intents, large_threshold } = identify.data;
    if (this.#session) return GatewayCloseCodes.AlreadyAuthenticated;
    if (!this.#gateway.tokens.accepts(token)) return GatewayCloseCodes.AuthenticationFailed;
    if (hasUnknownIntents(intents)) return GatewayCloseCodes.InvalidIntents;
    if ((intents & this.#gateway.conditions.disallowedIntents) !== 0) return GatewayCloseCodes.DisallowedIntents;
    if (!this.#gateway.takeSessionStart()) return GatewayCloseCodes.AuthenticationFailed;
    const session = new Session(token, intents);
    this.#attach(session);
    this.#turn({ what: 'identified' });
    void this.#welcome(session, large_threshold);
    return null;
  }

  async #welcome(session: Session, largeThreshold: number | undefined): Promise<void> {
    const { conditions, world } = this.#gateway;
    await conditions.ready.pass();
    if (!this.isOpen) return;
    const flags = applicationFlags(conditions.disallowedIntents);
    this.dispatch({ t: 'READY', d: readyPayload(world, session, this.#gateway.url, flags), isDirect: false });
    await conditions.guilds.pass();
    for (const guild of world.guilds()) {
      const guildCreate = guildCreatePayload(world, guild, session.intents, largeThreshold);
      this.dispatch({ t: 'GUILD_CREATE', d: guildCreate, isDirect: false });
    }
  }

  #resume(d: unknown): GatewayCloseCodes | null {
    const resume = resumeSchema.safeParse(d);
    if (!resume.success) return GatewayCloseCodes.DecodeError;
    const { token, session_id, seq } = resume.data;
    if (!this.#gateway.tokens.accepts(token)) return GatewayCloseCodes.AuthenticationFailed;
    const session = this.#gateway.findSession(session_id, token);
    const refusal = this.#gateway.conditions.takeRefusal();
    const isAhead = session !== undefined && seq > session.seq;
    const missed = refusal || isAhead ? null : session?.replayAfter(seq);
    if (!session || !missed) {
      return this.#refuse(session, seq, refusal?.closeCode ?? (isAhead ? GatewayCloseCodes.InvalidSeq : null));
    }
    this.#gateway.takeOver(session, this);
    this.#attach(session);
    for (const dispatch of missed) this.#sendDispatch(dispatch);
    this.#turn({ what: 'resumed', from: seq, replayed: missed.length });
    const { counters } = this.#gateway.recorder;
    counters.replayed += missed.length;
    counters.resumes += 1;
    this.dispatch({ t: 'RESUMED', d: { _trace: [] }, isDirect: false });
    return null;
  }

  /** What may not be resumed is gone: nobody can try again with it. */
  #refuse(session: Session | undefined, from: number, closeCode: number | null): GatewayCloseCodes | null {
    if (session) this.#gateway.sessions.delete(session.id);
    this.#gateway.recorder.counters.refusedResumes += 1;
    this.#turn({ what: 'refused', from });
    if (closeCode === null) this.invalidate(false);
    return closeCode;
  }

  #turn(turn: Omit<RecordedTurn, 'connection'>): void {
    this.#gateway.recorder.turns.add({ connection: this.#number, ...turn });
  }

  #attach(session: Session): void {
    this.#session = session;
    session.detachedAt = null;
    this.#gateway.sessions.set(session.id, session);
    this.#gateway.countConnections();
  }

  #sendMembers(d: unknown): GatewayCloseCodes | null {
    const request = memberRequestSchema.safeParse(d);
    if (!request.success) return GatewayCloseCodes.DecodeError;
    if (this.#gateway.world.state.guilds[request.data.guild_id] === undefined) return null; // ignored, as at Discord
    for (const chunk of memberChunks(this.#gateway.world, request.data)) {
      this.dispatch({ t: 'GUILD_MEMBERS_CHUNK', d: chunk, isDirect: false });
    }
    return null;
  }

  #sendDispatch({ op, t, s, d }: Dispatch): void {
    this.#gateway.recorder.gateway.add({ direction: 'out', connection: this.#number, op, t, s, d });
    this.#outbox.push(JSON.stringify({ op, t, s, d }));
  }

  #send(op: GatewayOpcodes, d?: unknown): void {
    this.#gateway.recorder.gateway.add({ direction: 'out', connection: this.#number, op, d });
    this.#outbox.push(JSON.stringify({ op, d }));
  }

  #expectHeartbeat(): void {
    clearTimeout(this.#silence);
    const limitMs = this.#gateway.heartbeatIntervalMs * SILENT_INTERVALS;
    this.#silence = setTimeout(() => this.close(GatewayCloseCodes.SessionTimedOut), limitMs);
  }

  /** A session ends when the client says 1000 or 1001; after anything else it can be resumed. */
  #closed(code: number): void {
    clearTimeout(this.#silence);
    this.#outbox.clear();
    this.#turn({ what: 'closed', code, isByServer: this.#isClosedByServer });
    const isEndedByClient = !this.#isClosedByServer && (code === 1000 || code === 1001);
    if (isEndedByClient && this.#session) this.#gateway.sessions.delete(this.#session.id);
    this.#gateway.forget(this);
  }
}
