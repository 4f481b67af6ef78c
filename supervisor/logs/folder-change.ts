import { watch } from 'node:fs';

/** Where no notice of a change comes (network file systems, too many watches), one looks so often. */
const LOOK_MS = 1_000;

/** Tells when something in a folder may have changed. */
export class FolderChange {
  readonly #signal: AbortSignal;
  #hasHappened = false;
  #wake = () => {};

  /** @param signal ends the watching, and every wait. */
  constructor(folder: string, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    try {
      watch(folder, { signal }, () => this.#note()).on('error', () => {});
    } catch {
      // it is looked at every second all the same
    }
  }

  /** Resolves after the next change, or one since the last call, within a second at most, and when the signal aborts. */
  async happens(): Promise<void> {
    if (!this.#hasHappened && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#hasHappened = false;
  }

  #note(): void {
    this.#hasHappened = true;
    this.#wake();
  }
}
