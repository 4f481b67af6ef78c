/** The time in which Discord repeats events, after a RESUME. */
export class Replay {
  #isGoingOn = false;
  #over: Promise<void> = Promise.resolve();
  #end: () => void = () => {};

  get isGoingOn(): boolean {
    return this.#isGoingOn;
  }

  /** Resolves when it is over; at once when there is none. */
  whenOver(): Promise<void> {
    return this.#over;
  }

  begin(): void {
    this.#end(); // of a RESUME that came to nothing
    this.#isGoingOn = true;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#isGoingOn = false;
    this.#end();
  }
}
