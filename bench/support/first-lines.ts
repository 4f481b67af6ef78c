import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The first line of one run of `bench/programs/first-line.mjs`. */
export interface FirstLine {
  readonly pid: number;
  /** Milliseconds of the clock that all processes of a machine share, see {@link machineTime}. */
  readonly at: number;
}

const POLL_MS = 5;
const TIMEOUT_MS = 20_000;

/** Milliseconds since some moment that is the same for all processes. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The file in which each run of that program notes when it printed its first line. */
export class FirstLines {
  readonly path: string;
  #known = 0;

  /** @param path does not have to exist. */
  constructor(path: string) {
    this.path = path;
  }

  /** Waits for the next one. @throws when there is none within 20 s. */
  async next(): Promise<FirstLine> {
    for (const giveUpAt = performance.now() + TIMEOUT_MS; performance.now() < giveUpAt; await sleep(POLL_MS)) {
      const lines = existsSync(this.path) ? readFileSync(this.path, 'utf8').split('\n').slice(0, -1) : [];
      const line = lines[this.#known];
      if (line === undefined) continue;
      this.#known += 1;
      const [pid, at] = line.split(' ').map(Number);
      if (pid !== undefined && at !== undefined) return { pid, at };
    }
    throw new Error(`nobody wrote a line to ${this.path}`);
  }
}
