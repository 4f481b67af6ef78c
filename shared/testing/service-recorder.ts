import type { LifecycleHooks, Service } from '../lifecycle/index.js';

/** What a scripted service does besides being recorded; without a script every step succeeds at once. */
export type ServiceScript = Partial<Omit<Service, 'name'>>;

/**
 * Writes down in which order services were initialized and cleaned up, and which hooks were called: tests compare the
 * list with the one they expect.
 */
export class ServiceRecorder {
  /** `NAME:initialize`, `NAME:initialized`, `NAME:cleanup`, `NAME:cleaned-up`, in the order in which they happened. */
  readonly steps: string[] = [];
  /** `HOOK NAME` for services, `HOOK` or `onStateChange FROM→TO` for the rest. */
  readonly hookCalls: string[] = [];

  /** A service that does what `script` says and is recorded. A step that throws or hangs leaves out its second line. */
  service(name: string, script: ServiceScript = {}): Service {
    return {
      ...script,
      name,
      initialize: async (signal) => {
        this.steps.push(`${name}:initialize`);
        await script.initialize?.(signal);
        this.steps.push(`${name}:initialized`);
      },
      cleanup: async (signal) => {
        this.steps.push(`${name}:cleanup`);
        await script.cleanup?.(signal);
        this.steps.push(`${name}:cleaned-up`);
      },
    };
  }

  /** Pass these to the runner to have its hooks in {@link hookCalls}. */
  readonly hooks: LifecycleHooks = {
    onServiceInitializing: ({ service }) => this.#note('onServiceInitializing', service),
    onServiceInitialized: ({ service }) => this.#note('onServiceInitialized', service),
    onServiceFailed: ({ service }) => this.#note('onServiceFailed', service),
    onServiceRecovered: ({ service }) => this.#note('onServiceRecovered', service),
    onServiceCleanedUp: ({ service }) => this.#note('onServiceCleanedUp', service),
    onSystemReady: () => this.#note('onSystemReady'),
    onStateChange: ({ from, to }) => this.#note('onStateChange', `${from}→${to}`),
  };

  /** The steps of one kind, by service: `initialize`, `cleanup` … */
  order(step: 'initialize' | 'initialized' | 'cleanup' | 'cleaned-up'): string[] {
    return this.steps.filter((line) => line.endsWith(`:${step}`)).map((line) => line.slice(0, -step.length - 1));
  }

  #note(...words: string[]): void {
    this.hookCalls.push(words.join(' '));
  }
}
