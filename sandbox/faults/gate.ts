/** A door that lets everybody through unless it is shut; who waits goes on when it opens. */
export class Gate {
  #waiting: PromiseWithResolvers<void> | null = null;

  get isShut(): boolean {
    return this.#waiting !== null;
  }

  shut(): void {
    this.#waiting ??= newResolvers();
  }

  open(): void {
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  async pass(): Promise<void> {
    await this.#waiting?.promise;
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** Promise.withResolvers, which Node 20 does not have. */
function newResolvers(): PromiseWithResolvers<void> {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
