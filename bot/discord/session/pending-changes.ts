/** Changes that are written together, and the promise of those who wait for that. */
export class PendingChanges {
  readonly guildIds = new Set<string>();
  /** Ourselves changed. */
  hasSelf = false;
  /** Somebody waits, also if nothing of the above changed. */
  isWanted = false;
  readonly #written: Promise<void>;
  #resolve: () => void = () => {};
  #earlier: PendingChanges | null = null;

  constructor() {
    this.#written = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Resolves when the changes are in the file. */
  wait(): Promise<void> {
    this.isWanted = true;
    return this.#written;
  }

  /** Takes in changes that were collected before and could not be written. */
  absorb(earlier: PendingChanges): void {
    for (const id of earlier.guildIds) this.guildIds.add(id);
    this.hasSelf ||= earlier.hasSelf;
    this.isWanted ||= earlier.isWanted;
    this.#earlier = earlier;
  }

  settle(): void {
    this.#earlier?.settle();
    this.#resolve();
  }
}
