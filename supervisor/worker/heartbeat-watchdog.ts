import type { Clock } from '../../shared/clock.js';

export interface HeartbeatWatchdogOptions {
  /** This and `misses` are read at each look: they may change. */
  readonly intervalMs: number;
  /** So many missed heartbeats in a row are a hang. */
  readonly misses: number;
  readonly clock: Clock;
  /** Called once; `silentMs` is how long nothing was heard while we were listening. */
  readonly onHang: (silentMs: number) => void;
}

/**
 * Notices a worker that lives but says nothing. Only time during which the supervisor itself was running counts: after it
 * was paused (SIGSTOP, a frozen virtual machine) the worker gets the pause as extra time, since its heartbeats may still
 * sit unread in the channel.
 */
export class HeartbeatWatchdog {
  readonly #options: HeartbeatWatchdogOptions;
  readonly #stop = new AbortController();
  #lastHeardAt: number;
  #isWatching = false;

  constructor(options: HeartbeatWatchdogOptions) {
    this.#options = options;
    this.#lastHeardAt = options.clock.monotonic();
  }

  /** Starts to count from now on. */
  start(): void {
    this.heard();
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watch().catch(() => {});
  }

  /** A heartbeat arrived. */
  heard(): void {
    this.#lastHeardAt = this.#options.clock.monotonic();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #watch(): Promise<void> {
    const { clock, onHang } = this.#options;
    for (;;) {
      const { intervalMs } = this.#options;
      const before = clock.monotonic();
      await clock.sleep(intervalMs, this.#stop.signal);
      const overslept = clock.monotonic() - before - intervalMs;
      if (overslept > intervalMs) this.#lastHeardAt += overslept;
      const silentMs = clock.monotonic() - this.#lastHeardAt;
      if (silentMs < this.#options.intervalMs * this.#options.misses) continue;
      onHang(silentMs);
      return;
    }
  }
}
