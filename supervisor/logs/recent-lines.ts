/** How much is remembered. What one limit leaves out, the other need not. */
export interface RecentLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** The last lines that were said, oldest first, bounded in number and in bytes (UTF-8). */
export class RecentLines {
  readonly #limits: RecentLimits;
  #lines: string[] = [];
  #bytes = 0;

  constructor(limits: RecentLimits) {
    this.#limits = limits;
  }

  /** Takes a line without its line break. One that is longer than everything together may be is left out. */
  push(line: string): void {
    const { maxLines, maxBytes } = this.#limits;
    const bytes = Buffer.byteLength(line);
    if (bytes > maxBytes) return;
    this.#lines.push(line);
    this.#bytes += bytes;
    while (this.#lines.length > maxLines || this.#bytes > maxBytes) {
      this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? '');
    }
  }

  /** At most `count` lines. */
  last(count: number = this.#limits.maxLines): readonly string[] {
    return count <= 0 ? [] : this.#lines.slice(-count);
  }

  clear(): void {
    this.#lines = [];
    this.#bytes = 0;
  }
}
