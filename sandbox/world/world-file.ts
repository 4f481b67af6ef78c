import { dirname } from 'node:path';
import { makeFolder } from '../../shared/atomic-file.js';
import { TuxError } from '../../shared/errors.js';
import { StateFile } from '../../shared/state-file.js';
import { type WorldState, worldStateSchema } from './records.js';
import type { World } from './world.js';

/** How long changes are collected before they are written together. */
const WRITE_DELAY_MS = 200;

/** Keeps the world in a file: read at the start, written soon after each change and at the end. */
export class WorldFile {
  readonly #file: StateFile<WorldState>;
  readonly #world: World;
  #timer: NodeJS.Timeout | undefined;
  /** Writes follow one another. */
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(path: string, world: World) {
    this.#world = world;
    this.#file = new StateFile<WorldState>({
      path,
      kind: 'sandbox-world',
      schemaVersion: 1,
      schema: worldStateSchema,
      empty: () => world.state,
      runId: 'sandbox',
    });
  }

  /** @throws TuxError as {@link StateFile.load}. A broken file is archived, and the world starts anew. */
  async load(): Promise<void> {
    makeFolder(dirname(this.#file.path));
    this.#world.restore((await this.#file.load()).data);
    this.#world.onChange(() => this.#schedule());
  }

  /** Writes what is left. @throws TuxError TUX_STATE_WRITE when the last write failed. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#world.onChange(() => {});
    this.#write();
    await this.#writing;
    if (this.#failure !== undefined) {
      throw new TuxError('TUX_STATE_WRITE', 'The world of the sandbox could not be stored', { cause: this.#failure });
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS);
  }

  #write(): void {
    this.#timer = undefined;
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#file.save(this.#world.state);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error; // the next write tries again; the last failure is reported at the end
      }
    });
  }
}
