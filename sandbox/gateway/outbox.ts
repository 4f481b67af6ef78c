import type { Conditions } from '../faults/conditions.js';

/** Sends in order, each message late by the lag that was set when it was handed in. */
export class Outbox {
  readonly #conditions: Conditions;
  readonly #send: (text: string) => void;
  /** Left in this order: a message must not overtake an earlier one when the lag shrinks. Times are monotonic. */
  readonly #queue: { readonly text: string; readonly dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(conditions: Conditions, send: (text: string) => void) {
    this.#conditions = conditions;
    this.#send = send;
  }

  push(text: string): void {
    this.#queue.push({ text, dueAt: performance.now() + this.#conditions.lagMs });
    if (this.#timer === undefined) this.#flush();
  }

  /** Drops what has not left yet. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.length = 0;
  }

  #flush(): void {
    this.#timer = undefined;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs));
        return;
      }
      this.#queue.shift();
      this.#send(first.text);
    }
  }
}
