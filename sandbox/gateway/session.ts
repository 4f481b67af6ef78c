import { randomBytes } from 'node:crypto';
import type { GatewayNews } from '../world/world-events.js';
import { isWanted, visiblePart } from './intents.js';

/** Events kept for replay; a bot that missed more cannot resume. */
const REPLAY_BUFFER_SIZE = 10_000;

/** An event with its place in a session. */
export interface Dispatch {
  readonly op: 0;
  readonly t: string;
  readonly s: number;
  readonly d: unknown;
}

/** One gateway session: it outlives its connections, and keeps what it said so that it can say it again. */
export class Session {
  readonly id = randomBytes(16).toString('hex');
  readonly token: string;
  readonly intents: number;
  /** Monotonic milliseconds since when no connection holds it; null while one does. */
  detachedAt: number | null = null;
  #seq = 0;
  readonly #sent: Dispatch[] = [];

  constructor(token: string, intents: number) {
    this.token = token;
    this.intents = intents;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Numbers the event for this session; null when its intents leave it out, or READY has not been said. */
  next(news: GatewayNews): Dispatch | null {
    if (!isWanted(news, this.intents) || (this.#seq === 0 && news.t !== 'READY')) return null;
    this.#seq += 1;
    const dispatch: Dispatch = { op: 0, t: news.t, s: this.#seq, d: visiblePart(news, this.intents) };
    this.#sent.push(dispatch);
    if (this.#sent.length > REPLAY_BUFFER_SIZE) this.#sent.shift();
    return dispatch;
  }

  /** What came after `seq`; null when that is no longer known in full. */
  replayAfter(seq: number): readonly Dispatch[] | null {
    const oldest = this.#sent[0]?.s ?? this.#seq + 1;
    return seq < oldest - 1 ? null : this.#sent.filter((dispatch) => dispatch.s > seq);
  }
}
