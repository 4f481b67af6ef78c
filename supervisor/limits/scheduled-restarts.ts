import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import { nextCronTime } from '../../shared/cron.js';
import { describeError } from '../../shared/errors.js';
import { isoTime } from '../../shared/iso-time.js';
import type { Logger } from '../../shared/logging/logger.js';

/** The wall clock may be set meanwhile: it is looked at anew at least this often. */
const LONGEST_NAP_MS = 10 * 60_000;

export interface ScheduledRestartsOptions {
  readonly config: LiveConfig;
  /** Restarts Tux in good order. Rejects where that may not be now. */
  readonly restart: () => Promise<unknown>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Restarts Tux at the times of TUX_RESTART_SCHEDULE. One that may not be (a hold, the IDENTIFY budget) is left out and logged. */
export class ScheduledRestarts {
  readonly #options: ScheduledRestartsOptions;
  #pattern: string | undefined;
  #next: Date | null = null;
  #changed = new AbortController();

  constructor(options: ScheduledRestartsOptions) {
    this.#options = options;
    const { config } = options;
    this.#follow(config.env.TUX_RESTART_SCHEDULE);
    config.onChange('TUX_RESTART_SCHEDULE', (pattern) => this.#follow(pattern));
  }

  /** ISO-8601 UTC; null without a schedule. */
  get next(): string | null {
    return this.#next && isoTime(this.#next);
  }

  close(): void {
    this.#follow(undefined);
  }

  #follow(pattern: string | undefined): void {
    this.#changed.abort();
    this.#changed = new AbortController();
    this.#pattern = pattern;
    this.#next = this.#nextAfter(this.#options.clock.now());
    if (this.#next) void this.#run(this.#changed.signal).catch(() => {}); // ended by a change or by close()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let lookedAt = clock.now();
    while (this.#next !== null) {
      const now = clock.now();
      // Set back far, so that the time that was found may be years away. After a little, the same one would come twice.
      const wasSetBack = lookedAt - now > LONGEST_NAP_MS;
      lookedAt = now;
      if (wasSetBack) {
        this.#next = this.#nextAfter(now);
        continue;
      }
      const leftMs = this.#next.getTime() - now;
      if (leftMs > 0) {
        await clock.sleep(Math.min(leftMs, LONGEST_NAP_MS), signal);
        continue;
      }
      this.#next = this.#nextAfter(clock.now());
      await this.#restart();
      signal.throwIfAborted();
    }
  }

  async #restart(): Promise<void> {
    const { restart, log } = this.#options;
    log.info({ event: 'schedule:restart' }, '🔄 Restarting Tux, as TUX_RESTART_SCHEDULE says');
    try {
      await restart();
    } catch (error) {
      log.warn(
        { event: 'schedule:restart-failed', err: error, next: this.next },
        `⚠️ The scheduled restart did not work: ${describeError(error)}; the next one is at ${this.next}`,
      );
    }
  }

  #nextAfter(now: number): Date | null {
    return this.#pattern === undefined ? null : nextCronTime(this.#pattern, new Date(now));
  }
}
