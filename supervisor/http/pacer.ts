import type { Clock } from '../../shared/clock.js';

/** Does one thing whenever it is asked for: at once after a pause, and then at most once in `intervalMs`, however often it is asked. */
export class Pacer {
  readonly #intervalMs: number;
  readonly #work: () => Promise<void> | void;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #isWanted = false;
  #isBusy = false;

  /** @param work must not throw. */
  constructor(intervalMs: number, work: () => Promise<void> | void, clock: Clock) {
    this.#intervalMs = intervalMs;
    this.#work = work;
    this.#clock = clock;
  }

  request(): void {
    this.#isWanted = true;
    if (!this.#isBusy) void this.#run();
  }

  /** Nothing is done any more, except what is being done. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    this.#isBusy = true;
    while (this.#isWanted && !signal.aborted) {
      this.#isWanted = false;
      await this.#work();
      await this.#clock.sleep(this.#intervalMs, signal).catch(() => {}); // rejects only when it is stopped
    }
    this.#isBusy = false;
  }
}
