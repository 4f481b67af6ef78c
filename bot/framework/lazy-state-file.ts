import type { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { StateFile, salvageArray } from '../../shared/state-file.js';

/** So much may be lost when the process is killed. */
const SAVE_AFTER_MS = 3_000;

export interface LazyStateFileOptions<T> {
  readonly path: string;
  /** Also the name of it in the log. */
  readonly kind: string;
  /** Of one record. */
  readonly schema: z.ZodType<T>;
  /** What is to be written, now. */
  readonly records: () => readonly T[];
  /** Decides when a save may run. Default: at once. */
  readonly inTurn?: (save: () => Promise<void>) => Promise<void>;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A list of records in a state file that is written some seconds after a change, and at a shutdown. */
export class LazyStateFile<T> {
  readonly #options: LazyStateFileOptions<T>;
  readonly #file: StateFile<T[]>;
  readonly #disposal = new AbortController();
  #isDirty = false;
  #isSaveDue = false;

  constructor(options: LazyStateFileOptions<T>) {
    this.#options = options;
    const { path, kind, schema, runId, clock } = options;
    this.#file = new StateFile<T[]>({
      path,
      kind,
      schemaVersion: 1,
      schema: schema.array(),
      salvage: salvageArray(schema),
      empty: () => [],
      runId,
      now: () => new Date(clock.now()),
    });
  }

  /** @throws TuxError as {@link StateFile.load}. */
  async load(): Promise<readonly T[]> {
    const { kind, log } = this.#options;
    const { data, outcome, problem, archivePath } = await this.#file.load();
    if (outcome === 'quarantined' || outcome === 'salvaged') {
      log.warn({ event: `${kind}:broken`, problem, archivePath }, `⚠️ ${kind}.json was damaged and put aside`);
    }
    return data;
  }

  /** The records are not what is on disk any more. */
  changed(): void {
    this.#isDirty = true;
    if (!this.#isSaveDue) void this.#saveLater();
  }

  /** Writes what has changed; without a change it writes nothing. @throws TuxError TUX_STATE_WRITE */
  persist(): Promise<void> {
    const { inTurn = (save) => save() } = this.#options;
    return inTurn(() => this.#save());
  }

  /** Stops the timer. What is not persisted by then is lost. */
  dispose(): void {
    this.#disposal.abort();
  }

  async #save(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    try {
      await this.#file.save([...this.#options.records()]);
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  async #saveLater(): Promise<void> {
    const { clock, log, kind } = this.#options;
    this.#isSaveDue = true;
    try {
      await clock.sleep(SAVE_AFTER_MS, this.#disposal.signal);
      this.#isSaveDue = false;
      await this.persist();
    } catch (err) {
      if (this.#disposal.signal.aborted) return;
      log.warn({ event: `${kind}:save:failed`, err }, `⚠️ ${kind}.json could not be saved, the next change tries again`);
    }
  }
}
