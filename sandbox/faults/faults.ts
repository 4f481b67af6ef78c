import type { Gateway } from '../gateway/gateway.js';
import { PRIVILEGED_INTENTS } from '../gateway/intents.js';
import type { SessionStartLimit } from '../gateway/session-start-limit.js';
import type { RateLimits, RouteLimit } from '../rest/rate-limits.js';
import type { Conditions, PlannedThrottle } from './conditions.js';

export interface FaultParts {
  readonly conditions: Conditions;
  readonly gateway: Gateway;
  readonly sessionStartLimit: SessionStartLimit;
  readonly rateLimits: RateLimits;
}

/** Everything that can go wrong with Discord, on demand. `reset()` makes it right again. */
export class Faults {
  readonly #parts: FaultParts;

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  /** Closes every gateway connection with `code`. */
  closeWith(code: number): void {
    for (const connection of this.#connections()) connection.close(code);
  }

  /** Cuts every gateway connection without a closing handshake. */
  cut(): void {
    for (const connection of this.#connections()) connection.cut();
  }

  /** Leaves every gateway connection open but reads and says nothing on it any more. */
  freeze(): void {
    for (const connection of this.#connections()) connection.freeze();
  }

  /** Asks the bot to reconnect (op 7). */
  reconnect(): void {
    for (const connection of this.#connections()) connection.askToReconnect();
  }

  /** Declares the sessions invalid (op 9); unless resumable they are forgotten, also those without a connection. */
  invalidateSession(isResumable = false): void {
    for (const connection of this.#connections()) connection.invalidate(isResumable);
    if (!isResumable) this.#parts.gateway.forgetSessions();
  }

  /** Stops acknowledging heartbeats: the connection becomes a zombie. */
  muteAcks(on = true): void {
    this.#parts.conditions.areAcksMuted = on;
  }

  /** Acknowledges heartbeats but sends no events: a session that looks well and is deaf. Those missed come with a RESUME. */
  muteEvents(on = true): void {
    this.#parts.conditions.areEventsMuted = on;
  }

  /** Answers every RESUME with "unknown session". */
  dropResume(on = true): void {
    this.#parts.conditions.isResumeDropped = on;
  }

  /** Refuses the next `times` RESUMEs, and forgets their sessions: with op 9, or by closing with `closeCode` (4007, 4009). */
  refuseResumes(times: number, closeCode: number | null = null): void {
    this.#parts.conditions.refusals = { timesLeft: times, closeCode };
  }

  /** New connections get no HELLO until this is taken back. */
  holdHello(on = true): void {
    setGate(this.#parts.conditions.hello, on);
  }

  /** An IDENTIFY is accepted, but READY does not come until this is taken back. */
  holdReady(on = true): void {
    setGate(this.#parts.conditions.ready, on);
  }

  /** READY comes, the guilds do not until this is taken back. */
  holdGuilds(on = true): void {
    setGate(this.#parts.conditions.guilds, on);
  }

  /** New gateway connections are cut during the handshake; those that are open stay. */
  gatewayDown(on = true): void {
    this.#parts.conditions.isGatewayDown = on;
  }

  /** REST connections are cut without an answer. */
  offline(on = true): void {
    this.#parts.conditions.isOffline = on;
  }

  /** REST requests are carried out, but their connections are cut before the answer. */
  loseAnswers(on = true): void {
    this.#parts.conditions.areAnswersLost = on;
  }

  /** Delays every answer and every gateway message. */
  lag(ms: number): void {
    this.#parts.conditions.lagMs = ms;
  }

  /** Sets what is left of the day's IDENTIFYs; parts that are not given stay. */
  sessionStart(limit: {
    remaining?: number | undefined;
    total?: number | undefined;
    resetAfterMs?: number | undefined;
  }): void {
    this.#parts.sessionStartLimit.set(limit);
  }

  /** Refuses `token` from now on (401, 4004) and ends its sessions; without one, every token seen so far. */
  revokeToken(token?: string): void {
    this.#parts.gateway.revokeTokens(token);
  }

  /** Refuses IDENTIFYs with any of these intents (4014). Default: the privileged ones; 0 allows all. */
  disallowIntents(intents: number = PRIVILEGED_INTENTS): void {
    this.#parts.conditions.disallowedIntents = intents;
  }

  /** The next `times` requests to a route (`POST /channels/:id/messages`, `*`) fail with a status, or get no answer. */
  failNext(route: string, outcome: number | 'hang', times = 1): void {
    this.#parts.conditions.failures.push({ route, outcome, timesLeft: times });
  }

  /** Takes back all that {@link failNext} planned. The connections of requests that hang are cut. */
  stopFailing(): void {
    this.#parts.conditions.failures = [];
    this.#parts.conditions.hanging.open();
  }

  /** The next `times` requests to a route are answered with 429. */
  throttle(
    route: string,
    options: { retryAfterMs?: number; scope?: PlannedThrottle['scope']; times?: number } = {},
  ): void {
    const { retryAfterMs = 1_000, scope = 'user', times = 1 } = options;
    this.#parts.conditions.throttles.push({ route, retryAfterMs, scope, timesLeft: times });
  }

  /** Sets the rate limit of a route. */
  limitRoute(route: string, limit: RouteLimit): void {
    this.#parts.rateLimits.set(route, limit);
  }

  /** Takes every fault back. Revoked tokens stay revoked and spent IDENTIFYs spent. */
  reset(): void {
    this.#parts.conditions.reset();
    this.#parts.rateLimits.reset();
  }

  #connections() {
    return [...this.#parts.gateway.connections];
  }
}

function setGate(gate: { shut(): void; open(): void }, isShut: boolean): void {
  if (isShut) gate.shut();
  else gate.open();
}
