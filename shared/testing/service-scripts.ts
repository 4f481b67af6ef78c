import type { Clock } from '../clock.js';
import type { ServiceScript } from './service-recorder.js';

/** Takes its time, and gives in when it is told to. */
export function slow(clock: Clock, times: { initializeMs?: number; cleanupMs?: number }): ServiceScript {
  return {
    initialize: (signal) => clock.sleep(times.initializeMs ?? 0, signal),
    cleanup: (signal) => clock.sleep(times.cleanupMs ?? 0, signal),
  };
}

/** Fails to initialize the first `times` times, then works. */
export function failing(error: unknown, times: number = Number.POSITIVE_INFINITY): ServiceScript {
  let left = times;
  return {
    async initialize() {
      left -= 1;
      if (left >= 0) throw error;
    },
  };
}

/** Never finishes `step` by itself but gives in when its signal aborts. */
export function hanging(step: 'initialize' | 'cleanup'): ServiceScript {
  return {
    [step]: (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
}

/** Hangs in `step` whatever its signal says, until the test calls {@link finish}. */
export class Stubborn {
  readonly script: ServiceScript;
  #waiting: (() => void)[] = [];

  constructor(step: 'initialize' | 'cleanup') {
    this.script = { [step]: () => new Promise<void>((resolve) => this.#waiting.push(resolve)) };
  }

  /** Lets every call that hangs succeed. */
  finish(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
