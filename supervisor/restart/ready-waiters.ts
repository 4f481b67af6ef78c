/** The run that became ready. */
export interface ReadyRun {
  readonly runId: string;
  readonly pid: number;
}

/** Those that asked for a restart and wait for the next run to be ready, or to hear why none will be. */
export class ReadyWaiters {
  #waiters: PromiseWithResolvers<ReadyRun>[] = [];

  next(): Promise<ReadyRun> {
    let resolve: (run: ReadyRun) => void = () => {};
    let reject: (reason: unknown) => void = () => {};
    const promise = new Promise<ReadyRun>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    this.#waiters.push({ promise, resolve, reject });
    return promise;
  }

  resolve(run: ReadyRun): void {
    for (const waiter of this.#take()) waiter.resolve(run);
  }

  reject(reason: Error): void {
    for (const waiter of this.#take()) waiter.reject(reason);
  }

  #take(): PromiseWithResolvers<ReadyRun>[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }
}

/** As in ES2024; Node 20 has no `Promise.withResolvers` yet. */
interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}
