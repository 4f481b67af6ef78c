import { deadline } from '../../shared/deadline.js';

/** One JSON log line of supervisor or worker. */
export interface LogLine {
  readonly level: number;
  readonly name: string;
  readonly event?: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The output of a program as it comes: lines to wait for, and everything that was said for the message of a failure. */
export class LogWatch {
  readonly lines: LogLine[] = [];
  #text = '';
  #rest = '';
  readonly #followers = new Set<(line: LogLine) => void>();

  get text(): string {
    return this.#text;
  }

  feed(chunk: string): void {
    this.#text += chunk;
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
  }

  /** Lines that fit, so far. */
  all(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** The next line with this event, or one from index `from` on that is there already. */
  async waitFor(
    event: string,
    predicate: (line: LogLine) => boolean = () => true,
    { from = 0, timeoutMs = 30_000 }: { from?: number; timeoutMs?: number } = {},
  ): Promise<LogLine> {
    const fits = (line: LogLine) => line.event === event && predicate(line);
    const known = this.lines.slice(from).find(fits);
    if (known) return known;
    let follower: (line: LogLine) => void = () => {};
    try {
      return await deadline(`waiting for log event ${event}`, timeoutMs, () => {
        return new Promise<LogLine>((resolve) => {
          follower = (line) => fits(line) && resolve(line);
          this.#followers.add(follower);
        });
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; output so far:\n${this.#text}`, { cause: error });
    } finally {
      this.#followers.delete(follower);
    }
  }

  #add(text: string): void {
    let line: LogLine;
    try {
      line = JSON.parse(text) as LogLine;
    } catch {
      return; // not ours: a line of Node itself; it is in `text`
    }
    this.lines.push(line);
    for (const follower of this.#followers) follower(line);
  }
}
