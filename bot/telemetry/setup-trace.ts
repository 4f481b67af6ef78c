import type { Clock } from '../../shared/clock.js';
import type { LifecycleHooks } from '../../shared/lifecycle/hooks.js';
import { type SpanRecord, spanEndingAt, type TraceRecord } from './trace.js';

/** Follows the start of the worker and tells it as one trace, `bot.setup`, with a part for each service. */
export class SetupTrace {
  readonly #clock: Clock;
  #startedAt: number;
  readonly #parts: SpanRecord[] = [];
  #isOver = false;

  /** The start begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** The start begins only now: what was made ready for it long ago does not count. */
  begin(): void {
    this.#startedAt = this.#clock.now();
  }

  hooks(): LifecycleHooks {
    return {
      onServiceInitialized: ({ service, durationMs }) => this.#note(service, durationMs, true),
      onServiceFailed: ({ service, phase, durationMs }) => {
        if (phase === 'initialize') this.#note(service, durationMs, false);
      },
    };
  }

  /** @returns null from the second call on: there is one start in a run. */
  finish(isComplete: boolean): TraceRecord | null {
    if (this.#isOver) return null;
    this.#isOver = true;
    const tags = Object.fromEntries(this.#parts.flatMap((part) => Object.entries(part.tags)));
    delete tags.setup_phase; // of a part: the last one says nothing about the whole
    const endedAt = this.#clock.now();
    const name = 'bot.setup';
    return {
      ...spanEndingAt(endedAt, endedAt - this.#startedAt, {
        name,
        isOk: isComplete,
        tags: { ...tags, 'bot.setup_complete': String(isComplete) },
      }),
      op: 'setup',
      parts: this.#parts,
    };
  }

  #note(service: string, durationMs: number, isOk: boolean): void {
    if (this.#isOver) return;
    const tags = {
      setup_phase: `${service}_${isOk ? 'finished' : 'failed'}`,
      [`${service}.setup`]: isOk ? 'success' : 'failed',
    };
    this.#parts.push(spanEndingAt(this.#clock.now(), durationMs, { name: `bot.setup_${service}`, isOk, tags }));
  }
}
