import type { Clock } from '../../../shared/clock.js';
import { deadline } from '../../../shared/deadline.js';
import { isTuxError } from '../../../shared/errors.js';
import type { Logger } from '../../../shared/logging/logger.js';
import type { EarnedGain, EarnedXp } from './earned-xp.js';

/**
 * What is earned within this time is stored together: at most ten transactions per second, however much is said. A message is not
 * done before, and whoever takes over is told of it again, so it is no longer than it has to be.
 */
export const GATHER_MS = 100;
/** While the database is away it is tried again this often. */
export const RETRY_MS = 5_000;
const STORE_TIMEOUT_MS = 10_000;
/** The last xp, at the end of a run: within what a background task gets to end. */
const LAST_STORE_TIMEOUT_MS = 750;

/** What the writer works with. */
export interface XpWriterOptions {
  readonly earned: EarnedXp;
  /**
   * Stores all of the gains or, when it rejects, none. It settles them when what follows from them is done, and does not wait
   * for that.
   */
  store(gains: readonly EarnedGain[]): Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Carries earned xp to the database, many gains at a time. While the database is away they wait in memory, and it is said
 * once; nobody waits for them any more, so a process that is killed meanwhile loses them. What the database refuses is
 * dropped: one gain that it never takes must not keep all others waiting.
 */
export class XpWriter {
  readonly #options: XpWriterOptions;
  #isAway = false;

  constructor(options: XpWriterOptions) {
    this.#options = options;
  }

  /** Stores what comes until `signal` aborts, and then what is left. Meant to be a background task. */
  async run(signal: AbortSignal): Promise<void> {
    const { earned, clock } = this.#options;
    while (!signal.aborted) {
      await earned.whenWaiting(signal);
      await clock.sleep(this.#isAway ? RETRY_MS : GATHER_MS, signal).catch(() => {}); // aborted: the loop ends
      if (!signal.aborted) await this.#store(STORE_TIMEOUT_MS);
    }
    if (!this.#isAway) await this.#store(LAST_STORE_TIMEOUT_MS);
  }

  async #store(limitMs: number): Promise<void> {
    const { earned, store, clock, log } = this.#options;
    const gains = earned.takeAll();
    if (gains.length === 0) return;
    try {
      await deadline('storing xp', limitMs, () => store(gains), undefined, clock);
    } catch (err) {
      this.#onFailure(gains, err);
      return;
    }
    const fields = { event: 'levels:store:recovered', gains: gains.length };
    if (this.#isAway) log.info(fields, `✅ xp is stored again, ${gains.length} messages had waited`);
    this.#isAway = false;
  }

  #onFailure(gains: readonly EarnedGain[], err: unknown): void {
    const { earned, log } = this.#options;
    earned.settle(gains);
    // An outage has a code: every error of the connection is a TuxError, and so is our own deadline.
    if (!isTuxError(err)) {
      const fields = { event: 'levels:store:refused', err, gains: gains.length };
      log.error(fields, `❌ xp of ${gains.length} messages could not be stored and is lost`);
      return;
    }
    earned.putBack(gains); // gains that were stored all the same are recognised by their messages
    const fields = { event: 'levels:store:failed', err, waiting: earned.waiting };
    if (!this.#isAway) log.warn(fields, '⚠️ xp could not be stored; it waits until the database answers');
    this.#isAway = true;
  }
}
