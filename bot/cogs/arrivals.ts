/** Lets one background task sleep until there is something for it to do. */
export class Arrivals {
  #onArrival: () => void = () => {};

  /** Something has come. */
  announce(): void {
    this.#onArrival();
  }

  /** Resolves at the next {@link announce}, or when `signal` aborts. One task at a time may wait. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#onArrival = () => {};
        resolve();
      };
      this.#onArrival = done;
      signal.addEventListener('abort', done);
    });
  }
}
