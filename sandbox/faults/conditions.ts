import { Gate } from './gate.js';

/** One planned failure of a route. */
export interface PlannedFailure {
  /** As recorded, e.g. `GET /gateway/bot`; `*` is every route. */
  readonly route: string;
  /** An HTTP status, or `hang`: no answer ever. */
  readonly outcome: number | 'hang';
  timesLeft: number;
}

/** The next `timesLeft` requests to a route are answered with 429. */
export interface PlannedThrottle {
  readonly route: string;
  readonly retryAfterMs: number;
  readonly scope: 'user' | 'shared' | 'global';
  timesLeft: number;
}

/** What is wrong with this Discord at the moment. The gateway and the REST interface read it; {@link Faults} changes it. */
export class Conditions {
  /** Heartbeats are not acknowledged. */
  areAcksMuted = false;
  /** Events are not sent, although heartbeats are acknowledged. */
  areEventsMuted = false;
  /** Every RESUME is answered with INVALID_SESSION. */
  isResumeDropped = false;
  /** So many of the next RESUMEs are refused: with INVALID_SESSION, or with a close code. */
  refusals: { timesLeft: number; readonly closeCode: number | null } = { timesLeft: 0, closeCode: null };
  /** New gateway connections are cut during the handshake. */
  isGatewayDown = false;
  /** REST connections are cut without an answer. */
  isOffline = false;
  /** REST requests are carried out, but their connections are cut before the answer. */
  areAnswersLost = false;
  /** Intents that the application may not ask for, as bits. */
  disallowedIntents = 0;
  /** Added to every answer and every gateway message. */
  lagMs = 0;
  failures: PlannedFailure[] = [];
  throttles: PlannedThrottle[] = [];
  /** Shut: a new connection gets no HELLO, an IDENTIFY no READY, a READY no guilds. */
  readonly hello = new Gate();
  readonly ready = new Gate();
  readonly guilds = new Gate();
  /** Where requests that hang wait. */
  readonly hanging = new Gate();

  takeFailure(route: string): PlannedFailure['outcome'] | undefined {
    return takeFirst(this.failures, route)?.outcome;
  }

  /** Whether the RESUME that has just come is to be refused, and with which close code; null: with op 9. */
  takeRefusal(): { readonly closeCode: number | null } | null {
    if (this.isResumeDropped) return { closeCode: null };
    if (this.refusals.timesLeft === 0) return null;
    this.refusals.timesLeft -= 1;
    return this.refusals;
  }

  takeThrottle(route: string): PlannedThrottle | undefined {
    return takeFirst(this.throttles, route);
  }

  /** Makes everything right again and lets go what was held back. */
  reset(): void {
    this.areAcksMuted = false;
    this.areEventsMuted = false;
    this.isResumeDropped = false;
    this.refusals = { timesLeft: 0, closeCode: null };
    this.isGatewayDown = false;
    this.isOffline = false;
    this.areAnswersLost = false;
    this.disallowedIntents = 0;
    this.lagMs = 0;
    this.failures = [];
    this.throttles = [];
    for (const gate of [this.hello, this.ready, this.guilds, this.hanging]) gate.open();
  }
}

function takeFirst<T extends { readonly route: string; timesLeft: number }>(plans: T[], route: string): T | undefined {
  const plan = plans.find((candidate) => candidate.timesLeft > 0 && [route, '*'].includes(candidate.route));
  if (plan) plan.timesLeft -= 1;
  return plan;
}
