/** How Node introduces the place of an error that ends a process: `file:///opt/tux/dist/bot/main.js:3`. */
const PLACE = /^file:\/\/(\S+:\d+)$/;
/** `SyntaxError: Unexpected token`, and `Error [ERR_MODULE_NOT_FOUND]: Cannot find module …`. */
const ERROR = /^\w*Error\b.*: .+/;

/** What a process said on stderr about the error that ended it. */
export class LastWords {
  #place: string | null = null;
  #error: string | null = null;

  note(line: string): void {
    this.#place ??= PLACE.exec(line)?.[1] ?? null;
    this.#error ??= ERROR.exec(line)?.[0] ?? null;
  }

  /** Null when it named no error. */
  get text(): string | null {
    if (this.#error === null) return null;
    return this.#place === null ? this.#error : `${this.#error} (${this.#place})`;
  }
}
