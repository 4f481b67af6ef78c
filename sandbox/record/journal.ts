import { deadline } from '../../shared/deadline.js';

/** Entries beyond this many push the oldest out, so that a sandbox may run for days. */
const MAX_ENTRIES = 20_000;

const DEFAULT_WAIT_MS = 15_000;

/** One thing that happened. `seq` counts over all journals of a sandbox, so entries of different ones can be ordered. */
export type Entry<T> = T & {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** Which entries a wait counts, and how long it lasts before it fails. */
export interface WaitOptions {
  /** Only entries with a greater `seq` count. Default 0: an entry that is there already satisfies the wait at once. */
  readonly after?: number;
  /** Default 15,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What journals need: a counter and a clock that they share. */
export type JournalStamp = () => { readonly seq: number; readonly at: number };

/** A bounded list of what happened, which can be searched, followed and waited on. */
export class Journal<T extends object> {
  readonly #name: string;
  readonly #stamp: JournalStamp;
  readonly #entries: Entry<T>[] = [];
  readonly #followers = new Set<(entry: Entry<T>) => void>();

  /** @param name what an entry is, for the error of a wait that timed out. */
  constructor(name: string, stamp: JournalStamp) {
    this.#name = name;
    this.#stamp = stamp;
  }

  add(item: T): Entry<T> {
    const entry = { ...item, ...this.#stamp() };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    for (const follower of this.#followers) follower(entry);
    return entry;
  }

  /** Entries newer than `after`, oldest first. */
  since(after = 0): readonly Entry<T>[] {
    return this.#entries.filter((entry) => entry.seq > after);
  }

  /** Calls `follower` for each new entry until the returned function is called. */
  follow(follower: (entry: Entry<T>) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /**
   * The first entry that fits, past or future.
   *
   * @throws DeadlineError when none came in time, the signal's reason when it aborts.
   */
  async waitFor(predicate: (entry: Entry<T>) => boolean, options: WaitOptions = {}): Promise<Entry<T>> {
    const known = this.since(options.after).find(predicate);
    if (known) return known;
    let unfollow = () => {};
    try {
      return await deadline(
        `waiting for ${this.#name}`,
        options.timeoutMs ?? DEFAULT_WAIT_MS,
        () =>
          new Promise<Entry<T>>((resolve) => {
            unfollow = this.follow((entry) => {
              if (predicate(entry)) resolve(entry);
            });
          }),
        options.signal,
      );
    } finally {
      unfollow();
    }
  }
}
