import type { Clock } from '../clock.js';
import { deadline } from '../deadline.js';
import type { Service } from './service.js';

/** A service that could not do all it can do ahead. */
export interface PreparationProblem {
  readonly service: string;
  readonly error: unknown;
}

/** What one service does ahead of its start. */
export class Preparation {
  readonly #service: Service;
  readonly #limitMs: number;
  readonly #clock: Clock;
  #work: Promise<void> | undefined;

  /** @param limitMs how long it may take. */
  constructor(service: Service, limitMs: number, clock: Clock) {
    this.#service = service;
    this.#limitMs = limitMs;
    this.#clock = clock;
  }

  /** @throws what `prepare` threw; a DeadlineError; the reason of `signal`. What it left behind goes on, see {@link over}. */
  async run(signal: AbortSignal): Promise<void> {
    const what = `${this.#service.name}.prepare`;
    await deadline(what, this.#limitMs, (limited) => this.#begin(limited), signal, this.#clock);
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async over(): Promise<void> {
    await this.#work?.catch(() => {});
  }

  #begin(limited: AbortSignal): Promise<void> {
    this.#work = Promise.resolve(this.#service.prepare?.(limited));
    return this.#work;
  }
}
