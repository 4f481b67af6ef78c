import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { WorkerView } from './worker-view.js';

export interface StartWatchOptions {
  /** The limits are those of the moment at which the worker was spawned. */
  readonly config: Pick<Config, 'env'>;
  /** Instead of the one of the settings. */
  readonly helloTimeoutMs?: number | undefined;
  readonly view: Pick<WorkerView, 'saidHello' | 'saidReady' | 'describeProgress'>;
  readonly clock: Clock;
  /** Called at each limit that passes; `problem` says what did not come, and what the worker was busy with. */
  readonly onLate: (problem: string) => void;
}

/** Notices a worker that does not say `hello`, or does not get ready, in time. Counts from when it is made. */
export class StartWatch {
  readonly #options: StartWatchOptions;
  readonly #over = new AbortController();

  constructor(options: StartWatchOptions) {
    const { config, view } = options;
    this.#options = options;
    const { helloTimeoutMs = config.env.TUX_HELLO_TIMEOUT_MS } = options;
    void this.#watch('hello', helloTimeoutMs, () => view.saidHello);
    void this.#watch('ready', config.env.TUX_START_TIMEOUT_MS, () => view.saidReady);
  }

  /** The run is over. */
  stop(): void {
    this.#over.abort();
  }

  async #watch(what: 'hello' | 'ready', limitMs: number, isDone: () => boolean): Promise<void> {
    const { clock, view, onLate } = this.#options;
    try {
      await clock.sleep(limitMs, this.#over.signal);
    } catch {
      return; // the run is over
    }
    await nextTurn(); // if we were paused, the time is up before what the worker sent meanwhile has been read
    if (!isDone()) onLate(`no '${what}' from the worker within ${limitMs} ms${view.describeProgress()}`);
  }
}
