import { z } from 'zod';
import { Journal } from '../../shared/journal.js';
import type { Logger } from '../../shared/logging/logger.js';
import { StateFile, salvageArray } from '../../shared/state-file.js';

/** Changes after which the journal is folded into the snapshot, or twice the number of records where that is more. */
const MIN_CHANGES_BETWEEN_SNAPSHOTS = 10_000;

export interface DurableCollectionOptions<T> {
  readonly snapshotPath: string;
  readonly journalPath: string;
  /** What the records are, e.g. `jobs`: stands in the snapshot and in the log. */
  readonly kind: string;
  /** Version of `schema`. Files with a newer one are kept and the start refused. */
  readonly schemaVersion: number;
  readonly schema: z.ZodType<T>;
  readonly runId: string;
  readonly log: Logger;
}

type Change<T> = { readonly put: T } | { readonly delete: string };

interface Snapshot<T> {
  /** `seq` of the last journal record that is included. */
  readonly journalSeq: number;
  readonly records: readonly T[];
}

/**
 * Records by id, in memory and on disk: a snapshot (JSON state file) plus a journal of the changes since. A change costs
 * one journal line however many records there are, is durable when its promise resolves, and shows in memory only then.
 * Records keep the order in which they were first put.
 */
export class DurableCollection<T extends { readonly id: string }> {
  readonly #kind: string;
  readonly #log: Logger;
  readonly #file: StateFile<Snapshot<T>>;
  readonly #journal: Journal<Change<T>>;
  #records = new Map<string, T>();
  /** There is a snapshot that can be read. */
  #hasSnapshot = false;
  #changesSinceSnapshot = 0;
  #nextSnapshotAt = MIN_CHANGES_BETWEEN_SNAPSHOTS;
  /** Tail of the chain of snapshots: one at a time. */
  #snapshots: Promise<unknown> = Promise.resolve();

  constructor(options: DurableCollectionOptions<T>) {
    const { kind, schemaVersion, schema, runId, log } = options;
    this.#kind = kind;
    this.#log = log;
    this.#file = new StateFile<Snapshot<T>>({
      path: options.snapshotPath,
      kind,
      schemaVersion,
      schema: z.object({ journalSeq: z.number().int().nonnegative(), records: z.array(schema) }),
      empty: () => ({ journalSeq: 0, records: [] }),
      runId,
      salvage: (data) => salvageSnapshot(data, schema),
    });
    this.#journal = new Journal<Change<T>>({
      path: options.journalPath,
      schemaVersion,
      schema: z.union([z.object({ put: schema }), z.object({ delete: z.string() })]),
      onCommit: (change) => this.#committed(change),
    });
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  values(): Iterable<T> {
    return this.#records.values();
  }

  /**
   * Reads both files; what is damaged in them is archived and logged.
   *
   * @throws TuxError TUX_STATE_NEWER (exit 78), TUX_STATE_READ or TUX_STATE_WRITE (exit 74).
   */
  async load(): Promise<void> {
    const snapshot = await this.#file.load();
    const journal = await this.#journal.open(snapshot.data.journalSeq);
    this.#records = new Map(snapshot.data.records.map((record) => [record.id, record]));
    for (const change of journal.records) this.#apply(change);
    this.#changesSinceSnapshot = journal.records.length;
    const { outcome, problem, archivePath, rejected } = snapshot;
    this.#hasSnapshot = outcome === 'loaded' || outcome === 'salvaged';
    if (outcome === 'quarantined' || outcome === 'salvaged') {
      this.#log.error(
        { event: 'state:damaged', kind: this.#kind, outcome, problem, rejected, archivePath },
        `❌ ${this.#kind}: the state file was damaged; what could not be read was kept aside`,
      );
    }
    if (journal.badLines > 0) {
      this.#log.error(
        { event: 'journal:damaged', kind: this.#kind, badLines: journal.badLines, archivePath: journal.archivePath },
        `❌ ${this.#kind}: the journal had unreadable lines; it was kept aside`,
      );
    }
    if (journal.hadTornLine) {
      this.#log.warn({ event: 'journal:torn', kind: this.#kind }, `⚠️ ${this.#kind}: dropped a line that a crash tore`);
    }
  }

  /** Adds or replaces the record with this id. @throws TuxError TUX_STATE_WRITE; nothing has changed then. */
  put(record: T): Promise<void> {
    return this.#journal.append({ put: record });
  }

  /** @throws TuxError TUX_STATE_WRITE; nothing has changed then. */
  delete(id: string): Promise<void> {
    return this.#journal.append({ delete: id });
  }

  /** Drops a record that may come back after a crash: costs nothing now, the next snapshot leaves it out. */
  forget(id: string): void {
    this.#records.delete(id);
  }

  /**
   * Exchanges all records at once: on disk it is all of the old ones or all of the new ones. Where they are the same ones in the
   * same order, nothing is written.
   */
  async replaceAll(records: readonly T[]): Promise<void> {
    if (this.#hasSnapshot && isSame(this.#records.values(), records)) return;
    this.#records = new Map(records.map((record) => [record.id, record]));
    this.#changesSinceSnapshot += 1;
    await this.snapshot();
  }

  /** Folds the journal into the snapshot; nothing to do when nothing changed. @throws TuxError TUX_STATE_WRITE. */
  snapshot(): Promise<void> {
    const done = this.#snapshots.then(() => this.#writeSnapshot());
    this.#snapshots = done.catch(() => {});
    return done;
  }

  /** Waits for what is being written and closes the journal: later changes reject. */
  async close(): Promise<void> {
    await this.#snapshots;
    await this.#journal.close();
  }

  async #writeSnapshot(): Promise<void> {
    const changes = this.#changesSinceSnapshot;
    if (changes === 0) return;
    // Taken together, without an await between them: the records are what the journal holds up to this position.
    const position = this.#journal.position;
    const records = [...this.#records.values()];
    this.#changesSinceSnapshot = 0;
    try {
      await this.#file.save({ journalSeq: position.seq, records });
      await this.#journal.dropBefore(position);
      this.#nextSnapshotAt = this.#changesPerSnapshot();
      this.#hasSnapshot = true;
    } catch (error) {
      this.#changesSinceSnapshot += changes;
      throw error;
    }
  }

  #committed(change: Change<T>): void {
    this.#apply(change);
    this.#changesSinceSnapshot += 1;
    if (this.#changesSinceSnapshot < this.#nextSnapshotAt) return;
    this.#nextSnapshotAt += this.#changesPerSnapshot(); // should this one fail, the next change need not try again
    this.snapshot().catch((error: unknown) => {
      this.#log.error(
        { event: 'state:snapshot:failed', kind: this.#kind, err: error },
        `❌ ${this.#kind}: could not fold the journal into the state file; the journal goes on growing`,
      );
    });
  }

  /** In proportion to the records: what it costs to write all of them is shared by as many changes. */
  #changesPerSnapshot(): number {
    return Math.max(MIN_CHANGES_BETWEEN_SNAPSHOTS, 2 * this.#records.size);
  }

  #apply(change: Change<T>): void {
    if ('put' in change) this.#records.set(change.put.id, change.put);
    else this.#records.delete(change.delete);
  }
}

/** A record is never changed: the same object says the same. */
function isSame<T>(before: Iterable<T>, after: readonly T[]): boolean {
  let at = 0;
  for (const record of before) {
    if (record !== after[at]) return false;
    at += 1;
  }
  return at === after.length;
}

/** Without a usable `journalSeq` the whole journal is applied: putting a record twice is harmless, skipping one is not. */
function salvageSnapshot<T>(data: unknown, schema: z.ZodType<T>) {
  const shape = z.object({ journalSeq: z.number().int().nonnegative().catch(0), records: z.array(z.unknown()) });
  const parsed = shape.safeParse(data);
  if (!parsed.success) return null;
  const salvaged = salvageArray(schema)(parsed.data.records);
  return salvaged && { ...salvaged, data: { journalSeq: parsed.data.journalSeq, records: salvaged.data } };
}
