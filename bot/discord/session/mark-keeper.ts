import type { Clock } from '../../../shared/clock.js';
import { describeError } from '../../../shared/errors.js';
import type { Logger } from '../../../shared/logging/logger.js';
import type { ProgressStore } from './event-progress.js';
import { judgeDeath } from './resume-policy.js';
import { type MarkState, SessionMark, type StoredMark } from './session-mark.js';

/** How often it is noted that the connection lives, while no events come. */
const ALIVE_EVERY_MS = 5_000;

export interface MarkKeeperOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Size of the snapshot of the caches at this moment. */
  readonly cacheBytes: () => number;
}

/**
 * Writes the progress of the session to its file. A disk that fails costs the continuity, not the bot: it is told once, and
 * what the next worker finds is older than the truth, so that more is repeated.
 */
export class MarkKeeper implements ProgressStore {
  readonly #file: SessionMark;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #cacheBytes: () => number;
  #state: MarkState = nothingYet(0);
  #hasSession = false;
  #hasFailed = false;
  #soon: NodeJS.Immediate | undefined;

  private constructor(file: SessionMark, { clock, log, cacheBytes }: MarkKeeperOptions) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#cacheBytes = cacheBytes;
  }

  /** @returns null when the file cannot be opened; that is logged. */
  static open(path: string, options: MarkKeeperOptions): MarkKeeper | null {
    const { log } = options;
    try {
      return new MarkKeeper(SessionMark.open(path), options);
    } catch (err) {
      const text = `⚠️ ${path} cannot be opened: the next start needs an IDENTIFY (${describeError(err)})`;
      log.warn({ event: 'session:mark:failed', err }, text);
      return null;
    }
  }

  /** See {@link SessionMark.read}; null as well when it cannot be read. */
  read(sessionId: string): StoredMark | null {
    try {
      return this.#file.read(sessionId);
    } catch (err) {
      this.#noteFailure(err);
      return null;
    }
  }

  /** A new session. */
  begin(sessionId: string): void {
    this.#state = nothingYet(this.#clock.now());
    this.#hasSession = true;
    this.#attempt(() => this.#file.reset(sessionId, this.#state));
  }

  /** The session of the worker before. */
  resume(sessionId: string, stored: StoredMark): void {
    const { noted, ...state } = stored;
    this.#state = { ...state, ...judgeDeath(stored), last: 0 };
    this.#hasSession = true;
    this.#attempt(() => this.#file.take(sessionId));
  }

  noteMark(mark: number, begun: number): void {
    const now = this.#clock.now();
    const hasMoved = mark !== this.#state.mark;
    const { handledAt, last } = this.#state;
    this.#state = {
      ...this.#state,
      mark,
      begun: Math.max(begun, this.#state.begun),
      last: begun,
      handledAt: hasMoved ? now : handledAt,
      aliveAt: now,
    };
    // That an event is begun has to be known before anything comes of it; that it is done, a moment later is soon enough.
    if (begun > last) this.#flush();
    else this.#flushSoon();
  }

  noteEvent(seq: number, bits: number): void {
    this.#attempt(() => this.#file.writeEvent(seq, bits));
  }

  /** Discord has acknowledged a heartbeat. */
  noteAlive(): void {
    const now = this.#clock.now();
    if (now - this.#state.aliveAt < ALIVE_EVERY_MS) return;
    this.#state = { ...this.#state, aliveAt: now };
    this.#flush();
  }

  /** @param isOrderly the worker does not end because of an event. */
  close(isOrderly: boolean): void {
    if (isOrderly) this.#state = { ...this.#state, aliveAt: this.#clock.now(), last: 0 };
    this.#flush();
    this.#file.close();
  }

  /** Once for all events that are done in this turn of the loop. */
  #flushSoon(): void {
    this.#soon ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#state = { ...this.#state, cacheBytes: this.#cacheBytes() };
    if (this.#hasSession) this.#attempt(() => this.#file.write(this.#state));
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (err) {
      this.#noteFailure(err);
    }
  }

  #noteFailure(err: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const text = `⚠️ gateway-session.mark cannot be used: after a restart more is repeated (${describeError(err)})`;
    this.#log.warn({ event: 'session:mark:failed', err }, text);
  }
}

function nothingYet(aliveAt: number): MarkState {
  const none = { mark: 0, begun: 0, last: 0, handledAt: 0, suspect: 0, deaths: 0, cacheBytes: 0 };
  return { ...none, answersUnknownUpTo: 0, aliveAt };
}
