import type { Reminder } from './reminder.js';

interface Claim {
  readonly accepted: Promise<Reminder>;
  /** Null while the reminder is on its way to the disk. */
  id: string | null;
}

/** Which reminder holds which dedupeKey. To release a key that another reminder holds by now does nothing. */
export class ReminderKeys {
  readonly #claims = new Map<string, Claim>();

  /** The reminder that has the key, or else the one that `accept` makes; when that fails, the key is free again. */
  claim(key: string, accept: () => Promise<Reminder>): Promise<Reminder> {
    const earlier = this.#claims.get(key);
    if (earlier) return earlier.accepted;
    const claim: Claim = { accepted: accept(), id: null };
    this.#claims.set(key, claim);
    claim.accepted.then(
      ({ id }) => {
        claim.id = id;
      },
      () => this.#claims.delete(key),
    );
    return claim.accepted;
  }

  /** Gives a reminder that exists the key it was made with, unless another one has it by now. */
  restore(reminder: Reminder): void {
    const { id, dedupeKey } = reminder;
    if (dedupeKey === undefined || this.#claims.has(dedupeKey)) return;
    this.#claims.set(dedupeKey, { accepted: Promise.resolve(reminder), id });
  }

  release({ id, dedupeKey }: Reminder): void {
    if (dedupeKey !== undefined && this.#claims.get(dedupeKey)?.id === id) this.#claims.delete(dedupeKey);
  }
}
