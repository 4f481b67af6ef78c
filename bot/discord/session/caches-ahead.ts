import type { Clock } from '../../../shared/clock.js';
import { describeError } from '../../../shared/errors.js';
import type { Logger } from '../../../shared/logging/logger.js';
import { type MemoryFacts, readMemoryFacts } from '../../../shared/memory-facts.js';
import { WaitingClient } from '../waiting-client.js';
import { cachesBytes, hasRoomAhead } from './ahead-policy.js';
import { primeGuilds, type ReadySnapshot } from './discord-internals.js';
import type { SessionKeeper } from './session-keeper.js';

/**
 * How often it is looked whether the snapshot has changed. What changes in between is filled at the takeover, which takes
 * less than a millisecond a guild. To look costs a system call, to fill again the reading of the file and each guild that changed.
 */
const REFRESH_EVERY_MS = 600_000;

export interface CachesAheadOptions {
  readonly session: Pick<SessionKeeper, 'peek' | 'stampSnapshot'>;
  /** REST endpoint other than Discord's. */
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly memory?: () => MemoryFacts;
}

/**
 * A client that a standby fills ahead from the snapshot of the worker that serves, which goes on writing it. Whoever takes over
 * fills it again from the last snapshot: then only what has changed costs time. Files are only read, and whatever is odd about them
 * means that nothing is filled for now. It is no use to anybody but one attempt to go on with the session.
 */
export class CachesAhead {
  readonly #options: CachesAheadOptions;
  readonly #stopped = new AbortController();
  #waiting: WaitingClient | null = null;
  /** Of the snapshot that the client was filled from. */
  #stamp: string | null = null;
  #bytes = 0;
  /** Never rejects. */
  #filling: Promise<void> = Promise.resolve();

  constructor(options: CachesAheadOptions) {
    this.#options = options;
  }

  /** About how much memory it takes; 0 while there is nothing. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Fills the caches now, and again every ten minutes if the snapshot has changed. Gives the event loop a turn every few
   * milliseconds. Resolves when they are filled, or `signal` ends it, or there is nothing to fill them from; never rejects.
   */
  async fill(signal: AbortSignal): Promise<void> {
    await this.#fill(AbortSignal.any([signal, this.#stopped.signal]));
    void this.#keepFresh();
  }

  /** Nothing is read or filled any more after the turn of the event loop that it is at. */
  stop(): void {
    this.#stopped.abort();
  }

  /** The client, to whoever asks first; null when there is none, or it is of other than these. Stops. */
  async take({ user, application }: ReadySnapshot): Promise<WaitingClient | null> {
    this.stop();
    await this.#filling;
    const { client } = this.#waiting ?? {};
    if (client?.user?.id !== user.id || client.application?.id !== application.id) {
      await this.drop();
      return null;
    }
    const waiting = this.#waiting;
    this.#forget();
    return waiting;
  }

  /** Stops, and lets go of the client. Never rejects. */
  async drop(): Promise<void> {
    this.stop();
    await this.#filling;
    await this.#discard();
  }

  async #keepFresh(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    for (;;) {
      await clock.sleep(REFRESH_EVERY_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const before = this.#stamp;
      await this.#fill(signal);
      if (this.#stamp !== before && !signal.aborted) globalThis.gc?.(); // not in the moment when it takes over
    }
  }

  #fill(signal: AbortSignal): Promise<void> {
    this.#filling = this.#tryToFill(signal).catch(async (error: unknown) => {
      if (signal.aborted) return; // what is filled can be gone on with
      const fields = { event: 'caches:ahead:failed', err: error };
      this.#options.log.debug(fields, `The caches are not filled ahead: ${describeError(error)}`);
      await this.#discard();
    });
    return this.#filling;
  }

  async #tryToFill(signal: AbortSignal): Promise<void> {
    const { session, apiUrl, log, memory = readMemoryFacts } = this.#options;
    signal.throwIfAborted();
    const stamp = session.stampSnapshot();
    if (stamp === null || stamp === this.#stamp) return;
    const snapshot = await session.peek(signal);
    if (snapshot === null) return;
    const { liveBytes } = snapshot;
    if (this.#waiting === null && !hasRoomAhead(liveBytes, memory())) {
      log.debug({ event: 'caches:ahead:no-room', liveBytes }, 'No memory to fill the caches ahead');
      return;
    }
    this.#waiting ??= new WaitingClient(apiUrl);
    this.#bytes = cachesBytes(liveBytes);
    await primeGuilds(this.#waiting.client, snapshot, signal);
    this.#stamp = stamp;
    log.debug({ event: 'caches:ahead', guilds: snapshot.guilds.length }, 'The caches are filled ahead');
  }

  async #discard(): Promise<void> {
    const waiting = this.#waiting;
    this.#forget();
    await waiting?.destroy();
  }

  #forget(): void {
    this.#waiting = null;
    this.#stamp = null;
    this.#bytes = 0;
  }
}
