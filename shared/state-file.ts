import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import {
  archiveBroken,
  readFailure,
  removeLeftoverTemporaries,
  replaceFile,
  replaceVolatileFile,
  unusedArchivePath,
} from './atomic-file.js';
import { errnoOf, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { isoTime } from './iso-time.js';
import { readWhole } from './read-whole.js';

/** The wrapper around the data of every JSON file under the state folder. */
export const envelopeSchema = z.object({
  schemaVersion: z.number().int().positive(),
  kind: z.string(),
  savedAt: z.iso.datetime(),
  runId: z.string(),
  data: z.unknown(),
});

export interface StateFileOptions<T> {
  /** Absolute path of the file. */
  readonly path: string;
  /** What the file holds, e.g. `reminders`; another kind in the file makes it unreadable. */
  readonly kind: string;
  /** Version of `schema`. A file with a newer one is kept and the start refused, unless `isCache`. */
  readonly schemaVersion: number;
  /**
   * What the file holds can be had again, so that after a way back to an older Tux nobody should have to wait for a human: a file of a
   * newer version is put aside like one that is unreadable. Default false.
   */
  readonly isCache?: boolean;
  readonly schema: z.ZodType<T>;
  /** The data of a file that does not exist. */
  readonly empty: () => T;
  /** Recorded in the file as the run that wrote it. */
  readonly runId: string;
  /**
   * For data that is a collection: picks out the records that are valid, so that one bad record does not cost the others.
   * Called only when `schema` rejected the whole.
   */
  readonly salvage?: (data: unknown) => Salvaged<T> | null;
  /** Throws a TuxError when this process may not write the file any more, see {@link ReplaceOptions.guard}. */
  readonly guard?: () => void;
  readonly now?: () => Date;
}

export interface Salvaged<T> {
  readonly data: T;
  readonly rejected: readonly RejectedRecord[];
}

/** A record that did not fit its schema, kept beside the file for a human to look at. */
export interface RejectedRecord {
  readonly record: unknown;
  readonly problem: string;
}

export interface LoadedState<T> {
  readonly data: T;
  /**
   * `missing`: first start. `quarantined`: the file was archived, data is empty. `newer`: the same, of a cache that a newer Tux wrote.
   * `salvaged`: single records were archived.
   */
  readonly outcome: 'loaded' | 'missing' | 'quarantined' | 'newer' | 'salvaged';
  /** Where the unreadable file, or the rejected records, went. */
  readonly archivePath?: string;
  /** Why, in words. */
  readonly problem?: string;
  readonly rejected: number;
}

/**
 * One JSON file of the state folder: `{schemaVersion, kind, savedAt, runId, data}`, replaced atomically, validated on
 * load. Missing → empty. Unreadable → archived as `NAME.broken.TIMESTAMP` and empty. Newer version → refused, untouched; of a
 * cache → archived and empty.
 * One writer per file.
 */
export class StateFile<T> {
  readonly #options: StateFileOptions<T>;

  constructor(options: StateFileOptions<T>) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /**
   * @throws TuxError TUX_STATE_NEWER (exit 78) for a file of a newer version that is no cache; TUX_STATE_READ (exit 74) when the disk or
   * the permissions keep it from being read.
   */
  async load(): Promise<LoadedState<T>> {
    removeLeftoverTemporaries(this.path);
    let text: string;
    try {
      text = (await readWhole(this.path)).toString();
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return { data: this.#options.empty(), outcome: 'missing', rejected: 0 };
      throw readFailure(this.path, cause);
    }
    return this.#parse(text);
  }

  /** @throws TuxError TUX_STATE_WRITE when the new content could not be made durable, or the guard's; the old content stays. */
  async save(data: T): Promise<void> {
    await replaceFile(this.path, this.#encode(data), { guard: this.#options.guard });
  }

  /** Like {@link save}, but at once: for a file that somebody else will make durable, see {@link makeDurable}. */
  saveVolatile(data: T): void {
    this.#options.guard?.();
    replaceVolatileFile(this.path, this.#encode(data));
  }

  #encode(data: T): string {
    const { kind, schemaVersion, runId } = this.#options;
    return `${JSON.stringify({ schemaVersion, kind, savedAt: isoTime(this.#now()), runId, data })}\n`;
  }

  async #parse(text: string): Promise<LoadedState<T>> {
    const { kind, schema, schemaVersion, isCache = false, salvage } = this.#options;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      return this.#quarantine(text.length === 0 ? 'the file is empty' : `not JSON: ${(cause as Error).message}`);
    }
    const envelope = envelopeSchema.safeParse(json);
    if (!envelope.success) return this.#quarantine(`not a state file: ${oneLine(envelope.error)}`);
    if (envelope.data.kind !== kind) {
      return this.#quarantine(`it holds '${envelope.data.kind}', expected '${kind}'`);
    }
    const found = envelope.data.schemaVersion;
    if (found > schemaVersion) {
      if (!isCache) throw this.#newerVersion(found);
      return this.#quarantine(`a newer Tux wrote it (version ${found}, this one knows ${schemaVersion})`, 'newer');
    }
    const parsed = schema.safeParse(envelope.data.data);
    if (parsed.success) return { data: parsed.data, outcome: 'loaded', rejected: 0 };
    const salvaged = salvage?.(envelope.data.data) ?? null;
    if (salvaged === null) return this.#quarantine(oneLine(parsed.error));
    return this.#archiveRejected(salvaged, oneLine(parsed.error));
  }

  async #quarantine(problem: string, outcome: 'quarantined' | 'newer' = 'quarantined'): Promise<LoadedState<T>> {
    const archivePath = await archiveBroken(this.path, this.#now());
    return { data: this.#options.empty(), outcome, archivePath, problem, rejected: 0 };
  }

  /** Keeps the rejected records in an archive of their own and rewrites the file with the rest. */
  async #archiveRejected(salvaged: Salvaged<T>, problem: string): Promise<LoadedState<T>> {
    const archivePath = await unusedArchivePath(this.path, this.#now());
    await replaceFile(archivePath, `${JSON.stringify({ kind: this.#options.kind, rejected: salvaged.rejected })}\n`);
    await this.save(salvaged.data);
    return { data: salvaged.data, outcome: 'salvaged', archivePath, problem, rejected: salvaged.rejected.length };
  }

  #newerVersion(found: number): TuxError {
    const { schemaVersion, kind } = this.#options;
    return new TuxError(
      'TUX_STATE_NEWER',
      `${this.path} was written by a newer Tux (${kind} version ${found}, this one knows ${schemaVersion})`,
      {
        exitCode: ExitCode.CONFIG,
        hint: `start the newer Tux again, or move ${basename(this.path)} away to begin without it`,
      },
    );
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

/**
 * The data of a state file as it stands; null when there is none or it cannot be read. For showing, not for deciding: it
 * archives nothing.
 */
export async function readStateData<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(envelopeSchema.parse(JSON.parse(await readFile(path, 'utf8'))).data);
  } catch {
    return null;
  }
}

/** A {@link StateFileOptions.salvage} for data that is an array of `record`s. */
export function salvageArray<R>(record: z.ZodType<R>): (data: unknown) => Salvaged<R[]> | null {
  return (data) => {
    if (!Array.isArray(data)) return null;
    const valid: R[] = [];
    const rejected: RejectedRecord[] = [];
    for (const item of data) {
      const parsed = record.safeParse(item);
      if (parsed.success) valid.push(parsed.data);
      else rejected.push({ record: item, problem: oneLine(parsed.error) });
    }
    return { data: valid, rejected };
  };
}

function oneLine(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'data'}: ${issue.message}`)
    .join('; ');
}
