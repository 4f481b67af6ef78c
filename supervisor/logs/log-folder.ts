import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.js';
import { errnoOf, toError } from '../../shared/errors.js';
import type { Paths } from '../../shared/paths.js';
import { listAside, namesIn, parseTimestamp, putAside } from './aside.js';
import { filesToDelete, type LogFile, type LogFileKind, type LogLimits } from './log-retention.js';

/** `hang-20260102T030405678Z-RUN.json` */
const REPORT = /^[a-z-]+-(\d{8}T\d{9}Z)-.+\.json$/;

export interface LogFolderOptions {
  readonly paths: Pick<Paths, 'log' | 'crashLog' | 'reportsDir'>;
  /** Asked for each time: a reload may change them. */
  readonly limits: () => LogLimits;
  readonly clock: Clock;
  /** Something could not be deleted, so that the limits do not hold. */
  readonly onProblem: (error: Error) => void;
}

/**
 * The log folder, kept within its limits: `tux.log`, `crash.log`, what was put aside of both, and the reports. Before
 * {@link takeCharge} nothing is put aside or deleted: another supervisor may be the one that does.
 */
export class LogFolder {
  readonly #options: LogFolderOptions;
  #isInCharge = false;
  #tidying: Promise<void> | null = null;
  #isAskedAgain = false;

  constructor(options: LogFolderOptions) {
    this.#options = options;
  }

  get paths(): LogFolderOptions['paths'] {
    return this.#options.paths;
  }

  get limits(): LogLimits {
    return this.#options.limits();
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get isInCharge(): boolean {
    return this.#isInCharge;
  }

  /** The lock is ours: from now on this process looks after the folder. */
  takeCharge(): void {
    this.#isInCharge = true;
    void this.tidy();
  }

  /** Renames a file of this folder so that the next line begins a new one. Deleting what is too much follows in the background. */
  putAside(path: string): void {
    putAside(path, this.clock.now());
    void this.tidy();
  }

  /** Deletes what is too old or too much. Never rejects; who asks while it is at work shares what follows that. */
  async tidy(): Promise<void> {
    if (!this.#isInCharge) return;
    this.#isAskedAgain = true;
    this.#tidying ??= this.#tidyAll();
    await this.#tidying;
  }

  async #tidyAll(): Promise<void> {
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      try {
        const files = await listFiles(this.paths);
        await Promise.all(filesToDelete(files, this.clock.now(), this.limits).map(({ path }) => remove(path)));
      } catch (error) {
        this.#options.onProblem(toError(error));
      }
    }
    this.#tidying = null;
  }
}

async function listFiles({ log, crashLog, reportsDir }: LogFolderOptions['paths']): Promise<LogFile[]> {
  const reports = (await namesIn(reportsDir)).flatMap((name) => {
    const finishedAt = parseTimestamp(REPORT.exec(name)?.[1] ?? '');
    return finishedAt === null ? [] : [{ path: join(reportsDir, name), finishedAt }];
  });
  const found: [LogFileKind, { path: string; finishedAt: number | null }[]][] = [
    ['log', [...(await listAside(log)), { path: log, finishedAt: null }]],
    ['crash', [...(await listAside(crashLog)), { path: crashLog, finishedAt: null }]],
    ['report', reports],
  ];
  const files = found.flatMap(([kind, list]) =>
    list.map(async (file): Promise<LogFile> => ({ ...file, kind, bytes: await sizeOf(file.path) })),
  );
  return Promise.all(files);
}

/** Bytes of a file; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
