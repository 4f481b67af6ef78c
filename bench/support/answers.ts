import type { Sandbox } from '../../sandbox/index.js';
import type { Sighting } from '../../sandbox/world/world-events.js';

const ANSWER_LIMIT_MS = 10_000;

/** Measures how long what is said waits for its answer. */
export class Answers {
  readonly close: () => void;
  readonly #waiting = new Map<string, () => void>();

  constructor({ recorder }: Sandbox) {
    this.close = recorder.sightings.follow((sighting) => this.#note(sighting));
  }

  /** @param say returns the id of what was said. @returns ms from before it was said to its answer. */
  to(say: () => string): Promise<number> {
    return new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const id = say();
      const late = setTimeout(() => reject(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)), ANSWER_LIMIT_MS);
      this.#waiting.set(id, () => {
        clearTimeout(late);
        resolve(performance.now() - startedAt);
      });
    });
  }

  #note({ interactionId, kind, message }: Sighting): void {
    const id = interactionId ?? message?.message_reference?.message_id;
    if (id === undefined || kind === 'deferred') return;
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}
