/** The browser may stand on another machine, whose clock is wrong. Less than this is within what `Date` can tell. */
const TOLERATED_MS = 2_000;

/** Tells the time of the supervisor, by which its instants are meant. */
export class SupervisorClock {
  #aheadMs = 0;

  /** @param serverTime the `Date` header of an answer that just arrived. */
  learn(serverTime: string | null, browserNow = Date.now()): void {
    const told = serverTime === null ? Number.NaN : Date.parse(serverTime);
    const aheadMs = told - browserNow;
    this.#aheadMs = Number.isNaN(aheadMs) || Math.abs(aheadMs) < TOLERATED_MS ? 0 : aheadMs;
  }

  now(browserNow = Date.now()): number {
    return browserNow + this.#aheadMs;
  }
}
