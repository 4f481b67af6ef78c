import { SANDBOX_TOKEN } from './ids.js';

/** Which bot tokens open the door: any that is not empty, unless one was configured, less those that were revoked. */
export class Tokens {
  readonly #only: string | undefined;
  readonly #seen = new Set<string>([SANDBOX_TOKEN]);
  readonly #revoked = new Set<string>();

  constructor(only?: string) {
    this.#only = only;
  }

  accepts(token: string): boolean {
    if (token === '' || this.#revoked.has(token)) return false;
    this.#seen.add(token);
    return this.#only === undefined || token === this.#only;
  }

  /** From here on `token` is refused; without one, every token that was ever shown and the sandbox's own. */
  revoke(token?: string): void {
    const revoked = token === undefined ? [...this.#seen, ...(this.#only === undefined ? [] : [this.#only])] : [token];
    for (const each of revoked) this.#revoked.add(each);
  }
}
