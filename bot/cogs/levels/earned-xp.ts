import { Arrivals } from '../arrivals.js';
import { XP_COOLDOWN_MS } from './message-xp.js';

/** Xp that a message earned, if the database agrees. */
export interface EarnedGain {
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  /** The message. */
  readonly eventId: string;
  readonly amount: number;
  /** When it was written. */
  readonly at: Date;
}

type Earner = Pick<EarnedGain, 'guildId' | 'userId'>;

/** More members than write within a minute; who is forgotten early is stopped by the database. */
export const MAX_RESTING = 10_000;
/** While the database is away no more than so many gains wait for it. */
export const MAX_WAITING = 1_000;

/** Who earned within the last minute, and what of it is not in the database yet: in memory, and never more than so much. */
export class EarnedXp {
  /** When each member last earned, by the time of the message; the longest ago first. */
  readonly #restingSince = new Map<string, number>();
  #waiting: EarnedGain[] = [];
  readonly #arrivals = new Arrivals();
  readonly #onSettled = new WeakMap<EarnedGain, () => void>();

  /** Members who are remembered. */
  get resting(): number {
    return this.#restingSince.size;
  }

  /** Gains that are not in the database yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether somebody earned less than a minute before `at`, or after it. */
  isResting(earner: Earner, at: Date): boolean {
    const since = this.#restingSince.get(keyOf(earner));
    return since !== undefined && at.getTime() - since < XP_COOLDOWN_MS;
  }

  /** Takes a gain, and begins the pause of its member. @returns false when it does not count: too early, or no room. */
  add(gain: EarnedGain): boolean {
    if (this.isResting(gain, gain.at) || this.#waiting.length >= MAX_WAITING) return false;
    this.rest(gain, gain.at);
    this.#waiting.push(gain);
    this.#arrivals.announce();
    return true;
  }

  /**
   * Resolves when a gain that was just taken is in the database with all that follows from it, or when that is not worth waiting
   * for any more: the database does not want it, or is away.
   */
  whenSettled(gain: EarnedGain): Promise<void> {
    return new Promise((resolve) => this.#onSettled.set(gain, resolve));
  }

  /** Ends the waits of {@link whenSettled} for these gains. */
  settle(gains: readonly EarnedGain[]): void {
    for (const gain of gains) this.#onSettled.get(gain)?.();
  }

  /** Puts down when a member last earned. */
  rest(earner: Earner, at: Date): void {
    const key = keyOf(earner);
    this.#restingSince.delete(key); // set anew, it comes last
    this.#restingSince.set(key, at.getTime());
    for (const [oldest, since] of this.#restingSince) {
      const isOver = at.getTime() - since >= XP_COOLDOWN_MS;
      if (!isOver && this.#restingSince.size <= MAX_RESTING) break;
      this.#restingSince.delete(oldest);
    }
  }

  /** Resolves as soon as a gain is waiting, or `signal` aborts. */
  async whenWaiting(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length === 0) await this.#arrivals.next(signal);
  }

  /** Hands out all that waits, the oldest first. */
  takeAll(): readonly EarnedGain[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Takes back what could not be stored, before all that came meanwhile; what is too much is dropped. */
  putBack(gains: readonly EarnedGain[]): void {
    const all = [...gains, ...this.#waiting];
    this.#waiting = all.slice(0, MAX_WAITING);
    this.settle(all.slice(MAX_WAITING)); // nobody may wait for what is dropped
  }
}

function keyOf({ guildId, userId }: Earner): string {
  return `${guildId}:${userId}`;
}
