import type { Clock } from '../../shared/clock.js';
import { DISPATCH_ANSWER_LIMIT_MS } from '../../shared/control/worker-readiness.js';
import { deadline } from '../../shared/deadline.js';
import type { GatewayHealth } from './gateway-health.js';

/** An event this recent shows that events come: nothing is asked. */
const RECENT_MS = 1_500;
/** In a quiet night Discord is asked after so long without an event … */
const QUIET_MS = 30_000;
/** … and, while it does not answer, again at this pace. Discord allows 120 messages a minute. */
const REPEAT_MS = 5_000;
/** Node's timers may come a moment early by the monotonic clock. */
const TIMER_SLACK_MS = 10;

export interface DispatchProbeOptions {
  readonly health: GatewayHealth;
  readonly clock: Clock;
  /** Asks Discord for something that it answers with an event. @returns false when there is nothing to ask for. */
  readonly send: () => boolean;
}

/**
 * Finds out whether events of Discord still come. A gateway may acknowledge every heartbeat and send no events any more, and a
 * connection that died may look well for a minute and a half; on a quiet server neither can be told from silence. So Discord is
 * asked for something small when nothing came for a while, and whatever event comes then is the answer. What came of it is in
 * {@link GatewayHealth}.
 */
export class DispatchProbe {
  readonly #options: DispatchProbeOptions;
  readonly #waiting = new Set<() => void>();
  /** Monotonic. */
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(options: DispatchProbeOptions) {
    this.#options = options;
  }

  /** An event has come. */
  noteDispatch(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Resolves when the health says whether events come: at once if one did lately, else after at most a second. */
  async check(): Promise<void> {
    const { health, clock } = this.#options;
    const { isUp, lastDispatchAgeMs } = health;
    if (!isUp || (lastDispatchAgeMs !== null && lastDispatchAgeMs < RECENT_MS)) return;
    if (!this.#ask()) return;
    const leftMs = DISPATCH_ANSWER_LIMIT_MS + TIMER_SLACK_MS - health.unansweredMs;
    if (leftMs <= 0) return;
    let resolve = () => {};
    const answer = new Promise<void>((done) => {
      resolve = done;
    });
    this.#waiting.add(resolve);
    await deadline('an event of Discord', leftMs, () => answer, undefined, clock).catch(() => {});
    this.#waiting.delete(resolve);
  }

  /** Asks whenever it is quiet, until `signal` aborts; so a quiet gateway is known to be well, or not to be. */
  async watch(signal: AbortSignal): Promise<void> {
    const { health, clock } = this.#options;
    while (!signal.aborted) {
      const quietMs = health.lastDispatchAgeMs ?? 0;
      if (health.isUp && quietMs >= QUIET_MS) this.#ask();
      const napMs = health.isAsked || quietMs >= QUIET_MS ? REPEAT_MS : QUIET_MS - quietMs;
      await clock.sleep(napMs, signal).catch(() => {}); // rejects only when it aborts
    }
  }

  /** @returns whether an answer can be expected. */
  #ask(): boolean {
    const { health, clock, send } = this.#options;
    const now = clock.monotonic();
    const isDue = !health.isAsked || now - this.#sentAt >= REPEAT_MS;
    if (!isDue) return true;
    if (!send()) return false;
    this.#sentAt = now;
    health.noteAsked();
    return true;
  }
}
