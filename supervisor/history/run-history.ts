import { appendFile, readFile } from 'node:fs/promises';
import { FILE_MODE, type ReplaceOptions, readFailure, replaceFile } from '../../shared/atomic-file.js';
import { type RunRecord, runRecordSchema } from '../../shared/control/run-record.js';
import { errnoOf } from '../../shared/errors.js';

/** `SIGKILL`, `code 75`, or `unknown` for a run whose end nobody saw. */
export function describeExit({ code, signal }: Pick<RunRecord, 'code' | 'signal'>): string {
  return signal ?? (code === null ? 'unknown' : `code ${code}`);
}

/** The file is cut back to {@link KEPT_RUNS} when it has grown to {@link MAX_RUNS}. */
const MAX_RUNS = 2_000;
const KEPT_RUNS = 1_000;

/** The bounded record of past runs. One writer: the supervisor that holds the lock. */
export class RunHistory {
  readonly #path: string;
  readonly #guard: () => void;
  #count: number | undefined;
  /** The run whose line may or may not be in the file: the disk did not say that it is. */
  #doubtful: string | null = null;

  /** @param guard throws when this process may not replace the file any more, see {@link ReplaceOptions.guard}. */
  constructor(path: string, guard: () => void = () => {}) {
    this.#path = path;
    this.#guard = guard;
  }

  /**
   * Adds a run, durably and once, also where the same is tried again.
   *
   * @throws the error of a disk that does not take it; a later call works again once it does.
   */
  async append(record: RunRecord): Promise<void> {
    const isThere = this.#doubtful === record.runId && (await this.#confirm(record.runId));
    this.#doubtful = record.runId;
    if (!isThere) await this.#add(record);
    this.#doubtful = null;
  }

  async #add(record: RunRecord): Promise<void> {
    const count = this.#count ?? (await this.#adopt());
    this.#count = undefined; // should this fail: a part of the line may stand there, to be ended before the next one
    const kept = count >= MAX_RUNS ? await this.#cutBack() : count;
    await appendFile(this.#path, `${JSON.stringify(record)}\n`, { mode: FILE_MODE, flush: true });
    this.#count = kept + 1;
  }

  /** Whether the run is in the file. Then all of it is written anew: after an fsync that failed, the next one says nothing of that line. */
  async #confirm(runId: string): Promise<boolean> {
    const text = await readText(this.#path);
    if (!parseLines(text).some((record) => record.runId === runId)) return false;
    await replaceFile(this.#path, text, { guard: this.#guard });
    return true;
  }

  /** Counts what is there and ends a line that a crash tore, so that the next one stands alone. */
  async #adopt(): Promise<number> {
    const text = await readText(this.#path);
    if (text !== '' && !text.endsWith('\n')) await appendFile(this.#path, '\n');
    return parseLines(text).length;
  }

  /** @returns how many are left. */
  async #cutBack(): Promise<number> {
    const kept = (await readHistory(this.#path)).slice(-KEPT_RUNS);
    const text = kept.map((record) => `${JSON.stringify(record)}\n`).join('');
    await replaceFile(this.#path, text, { guard: this.#guard });
    return kept.length;
  }
}

/**
 * Past runs, oldest first. Lines that are torn or foreign are passed over: history is for people, not for decisions.
 *
 * @throws TuxError TUX_STATE_READ (exit 74).
 */
export async function readHistory(path: string): Promise<RunRecord[]> {
  return parseLines(await readText(path));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw readFailure(path, error);
  }
}

function parseLines(text: string): RunRecord[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = runRecordSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}
