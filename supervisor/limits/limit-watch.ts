import type { Config } from '../../shared/config/load.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';
import { judgeLimits, type Limits, limitsOf, noExcess } from './limit-policy.js';

export interface LimitWatchOptions {
  /** Read at each use: its settings may change while the worker runs. */
  readonly config: Pick<Config, 'env'>;
  /** What the control group allows; null without a limit. */
  readonly cgroupMemoryBytes: number | null;
}

/** Watches the memory and the lag of one run. */
export class LimitWatch {
  readonly #options: LimitWatchOptions;
  #excess = noExcess;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  get limits(): Limits {
    return limitsOf(this.#options.config.env, this.#options.cgroupMemoryBytes);
  }

  /** @returns why the worker has to be restarted; null while it need not. */
  noteHeartbeat(heartbeat: Heartbeat): string | null {
    const { excess, breach } = judgeLimits(this.#excess, heartbeat, this.limits);
    this.#excess = excess;
    return breach;
  }
}
