/** What was done in a round, and when. */
export class Timeline {
  readonly lines: string[] = [];
  readonly #startedAt = performance.now();

  note(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(3);
    this.lines.push(`${new Date().toISOString().slice(11, 23)} +${seconds} s  ${text}`);
  }
}
