import { type BackoffPolicy, backoffDelay } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import { isTuxError } from '../shared/errors.js';
import type { Logger } from '../shared/logging/logger.js';

/** Soon at first, as most trouble is short, and then at a pace that costs nothing on a disk that stays broken. */
const PACE: BackoffPolicy = { baseMs: 100, maxMs: 5_000, jitter: 'none' };
/** What the end of the supervisor waits for the disk, and how often it tries meanwhile. */
const CLOSE_LIMIT_MS = 2_000;
const CLOSE_PACE_MS = 100;

export interface DiskRetryOptions {
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Writes of the supervisor that the disk has refused, done again until it takes them: how a run went must not be forgotten because the
 * disk was full for a moment. Nobody waits for it but the end of the supervisor, and that not for long.
 */
export class DiskRetry {
  readonly #options: DiskRetryOptions;
  readonly #refused = new Map<string, () => Promise<void>>();
  readonly #closing = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(options: DiskRetryOptions) {
    this.#options = options;
  }

  /**
   * Does `write` again and again until it works, or rejects with TUX_LOCK_LOST: then the file is another supervisor's.
   *
   * @param path of the file. What was to be written there before is part of what `write` writes, and forgotten.
   */
  add(path: string, write: () => Promise<void>): void {
    this.#refused.set(path, write);
    if (!this.#closing.signal.aborted) this.#loop ??= this.#run();
  }

  /** The supervisor ends: for two seconds more it is tried. What is refused still is named in the log. */
  async close(): Promise<void> {
    const { clock, log } = this.#options;
    this.#closing.abort();
    await this.#loop;
    const giveUpAt = clock.monotonic() + CLOSE_LIMIT_MS;
    for (;;) {
      await this.#tryAll();
      if (this.#refused.size === 0) return;
      if (clock.monotonic() >= giveUpAt) break;
      await clock.sleep(CLOSE_PACE_MS);
    }
    const paths = [...this.#refused.keys()];
    log.error({ event: 'disk:given-up', paths }, `❌ The disk did not take it to the end: ${paths.join(', ')}`);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    for (let attempt = 0; this.#refused.size > 0 && !signal.aborted; attempt += 1) {
      await clock.sleep(backoffDelay(PACE, attempt), signal).catch(() => {}); // closing
      if (!signal.aborted) await this.#tryAll();
    }
    this.#loop = null;
  }

  async #tryAll(): Promise<void> {
    for (const [path, write] of [...this.#refused]) {
      this.#refused.delete(path); // it may be added again meanwhile
      try {
        await write();
        this.#options.log.info({ event: 'disk:written', path }, `✅ The disk takes writes again: ${path} is written`);
      } catch (error) {
        const isLost = isTuxError(error) && error.code === 'TUX_LOCK_LOST';
        if (!isLost && !this.#refused.has(path)) this.#refused.set(path, write);
      }
    }
  }
}
