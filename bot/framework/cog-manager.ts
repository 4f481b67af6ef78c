import { describeError, TuxError, toError } from '../../shared/errors.js';
import type { Cog } from './cog.js';
import type { CogEntry, CogLoader } from './cog-loader.js';
import { importFresh } from './fresh-import.js';
import { SerialQueue } from './serial-queue.js';

/** One cog, loaded or not. */
export interface CogStatus {
  readonly name: string;
  readonly status: 'loaded' | 'failed' | 'skipped' | 'unloaded';
  /** Why it is not loaded, for `failed` and `skipped`. */
  readonly reason?: string;
}

export interface CogManagerOptions {
  /** Read at each use: it is made of the services, of which this is one. */
  readonly loader: () => CogLoader;
  readonly entries: readonly CogEntry[];
  /** Where the compiled module of a cog is. */
  readonly fileOf: (cog: string) => URL;
  /** Tells Discord about the commands, at once; `force`: even when it seems to know them. */
  readonly sync: (force: boolean) => Promise<'unchanged' | 'registered'>;
  /** For tests. */
  readonly importModule?: typeof importFresh;
}

/** Loads, unloads and replaces cogs while the bot runs, one after the other. */
export class CogManager {
  readonly #options: CogManagerOptions;
  readonly #inOrder = new SerialQueue();
  readonly #failures = new Map<string, string>();
  readonly #byHand = new Set<string>();

  constructor(options: CogManagerOptions) {
    this.#options = options;
  }

  list(): CogStatus[] {
    const { entries } = this.#options;
    const loader = this.#options.loader();
    return entries.map((entry) => {
      const { name } = entry;
      if (loader.loaded.includes(name)) return { name, status: 'loaded' };
      const missing = loader.missingSettings(entry);
      if (missing.length > 0) return { name, status: 'skipped', reason: `${missing.join(', ')} is not set` };
      if (this.#byHand.has(name)) return { name, status: 'unloaded' };
      return { name, status: 'failed', reason: this.#failures.get(name) ?? loader.failureOf(name) ?? 'see the log' };
    });
  }

  /**
   * Loads a cog from what is on disk now.
   *
   * @throws TuxError TUX_COG_UNKNOWN, TUX_COG_DUPLICATE when it is loaded, TUX_COG_SKIPPED; whatever its module throws.
   */
  load(name: string): Promise<void> {
    return this.#inOrder.run(async () => {
      this.#requireEntry(name);
      await this.#loadFresh(name);
    });
  }

  /** @throws TuxError TUX_COG_UNKNOWN, TUX_COG_NOT_LOADED. */
  unload(name: string): Promise<void> {
    return this.#inOrder.run(async () => {
      this.#requireEntry(name);
      if (!(await this.#options.loader().unload(name))) throw notLoaded(name);
      this.#byHand.add(name);
    });
  }

  /**
   * Replaces a cog by what is on disk now. When the new one cannot be imported the old one stays in use; when it cannot be
   * set up, the old one is put back.
   *
   * @throws whatever keeps the new one from being used.
   */
  reload(name: string): Promise<void> {
    return this.#inOrder.run(async () => {
      this.#requireEntry(name);
      const loader = this.#options.loader();
      const previous = loader.get(name);
      if (!previous) return this.#loadFresh(name);
      const next = await this.#import(name);
      await loader.unload(name);
      try {
        await this.#use(next);
      } catch (error) {
        await this.#use(previous);
        throw error;
      }
    });
  }

  /** Tells Discord about the commands that are loaded now. @param force even when it seems to know them. */
  sync(force = false): Promise<'unchanged' | 'registered'> {
    return this.#inOrder.run(() => this.#options.sync(force));
  }

  async #loadFresh(name: string): Promise<void> {
    await this.#use(await this.#import(name));
  }

  async #use(cog: Cog): Promise<void> {
    try {
      await this.#options.loader().load(cog);
      this.#failures.delete(cog.name);
      this.#byHand.delete(cog.name);
    } catch (error) {
      this.#failures.set(cog.name, describeError(error));
      throw toError(error);
    }
  }

  async #import(name: string): Promise<Cog> {
    const { fileOf, importModule = importFresh } = this.#options;
    return findCog(await importModule(fileOf(name)), name);
  }

  #requireEntry(name: string): void {
    const { entries } = this.#options;
    const entry = entries.find((candidate) => candidate.name === name);
    if (!entry) {
      throw new TuxError('TUX_COG_UNKNOWN', `There is no cog '${name}'`, {
        hint: `there are ${entries.map((candidate) => candidate.name).join(', ')}`,
      });
    }
    const missing = this.#options.loader().missingSettings(entry);
    if (missing.length === 0) return;
    throw new TuxError('TUX_COG_SKIPPED', `Cog '${name}' needs ${missing.join(', ')}, which is not set`, {
      hint: 'set it and restart',
    });
  }
}

/** The cog among the exports of its module. @throws TuxError TUX_COG_MODULE when there is none of that name. */
function findCog(module: Readonly<Record<string, unknown>>, name: string): Cog {
  const cog = Object.values(module).find(
    (value): value is Cog => typeof value === 'object' && value !== null && (value as Partial<Cog>).name === name,
  );
  if (cog) return cog;
  throw new TuxError('TUX_COG_MODULE', `The module of cog '${name}' exports no cog of that name`, {
    hint: 'export what defineCog() returns',
  });
}

function notLoaded(name: string): TuxError {
  return new TuxError('TUX_COG_NOT_LOADED', `Cog '${name}' is not loaded`, { hint: 'see `dev cogs`' });
}
