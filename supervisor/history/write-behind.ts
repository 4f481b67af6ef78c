/**
 * Writes that the next start does not wait for: one after the other, in the order in which they came. The first error is kept for
 * {@link assertWritten}. It means as a rule that the lock is lost: with a disk that refuses each write deals by itself.
 */
export class WriteBehind {
  #tail: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /** Does `work` after all that came before. */
  add(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work).catch((error: unknown) => this.#note(error));
  }

  /** Waits for work that is under way already. */
  follow(work: Promise<void>): void {
    const done = work.catch((error: unknown) => this.#note(error));
    this.add(() => done);
  }

  /** @throws what the first work that failed threw: the lock is lost, as a rule. */
  assertWritten(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when everything is done. @throws like {@link assertWritten}. */
  async drain(): Promise<void> {
    await this.#tail;
    this.assertWritten();
  }

  #note(error: unknown): void {
    this.#failure ??= { error };
  }
}
