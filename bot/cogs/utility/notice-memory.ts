/** More conversations than this at once, and the oldest is told again. */
const MAX_REMEMBERED = 1_000;

/** Remembers what was said where, so that it is not said again within `quietMs`. */
export class NoticeMemory {
  readonly #quietMs: number;
  readonly #saidAt = new Map<string, number>();

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /**
   * True when `what` was not said lately; then it counts as said.
   *
   * @param nowMs monotonic milliseconds.
   */
  isNews(what: string, nowMs: number): boolean {
    const saidAt = this.#saidAt.get(what);
    if (saidAt !== undefined && nowMs - saidAt < this.#quietMs) return false;
    this.#saidAt.delete(what); // so that it becomes the youngest: a Map keeps the order of insertion
    this.#saidAt.set(what, nowMs);
    if (this.#saidAt.size > MAX_REMEMBERED) {
      for (const oldest of this.#saidAt.keys()) {
        this.#saidAt.delete(oldest);
        break;
      }
    }
    return true;
  }
}
