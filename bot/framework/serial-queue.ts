/** Runs tasks one after the other in the order in which they came; one that fails does not hold up the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => {}); // its caller gets the error
    return result;
  }
}
