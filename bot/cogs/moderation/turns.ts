import { perRun } from '../../framework/per-run.js';

/**
 * What concerns one person happens one after the other: of two moderators the second sees what the first has done, and a
 * ban that ends is not lifted while a new one is being imposed.
 */
class Turns {
  /** The latest turn of each person, as long as it lasts. */
  readonly #latest = new Map<string, Promise<unknown>>();

  /** Waits for the turns before it; one that fails does not hold up the next. Not to be taken within a turn. */
  async take<T>({ guildId, userId }: { guildId: string; userId: string }, work: () => Promise<T>): Promise<T> {
    const key = `${guildId}:${userId}`;
    const turn = (this.#latest.get(key) ?? Promise.resolve()).then(work, work);
    this.#latest.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#latest.get(key) === turn) this.#latest.delete(key);
    }
  }
}

/** The turns of this run of the bot. */
export const turnsOf = perRun(() => new Turns());
