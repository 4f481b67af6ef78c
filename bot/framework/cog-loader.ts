import type { SettingName } from '../../shared/config/schema.js';
import { describeError, TuxError, toError } from '../../shared/errors.js';
import type { Service } from '../../shared/lifecycle/service.js';
import type { Cog } from './cog.js';
import { type CogHostOptions, hostCog } from './cog-host.js';

/** A cog that can be loaded; its module is imported only then. */
export interface CogEntry {
  readonly name: string;
  /** Settings it cannot do without: while one of them is not set (or `false`), it is skipped. */
  readonly requires?: readonly SettingName[];
  load(): Promise<Cog>;
}

/** What became of each cog at the start. */
export interface CogLoadReport {
  readonly loaded: readonly string[];
  readonly failed: readonly { readonly cog: string; readonly error: Error }[];
  readonly skipped: readonly { readonly cog: string; readonly missing: readonly SettingName[] }[];
}

/** A cog that takes longer is worth a look: everything of lower priority waits for it. */
const SLOW_LOAD_MS = 1_000;

type Unload = () => Promise<void>;

/** Loads cogs by priority, those of one priority in parallel, each isolated from the others. */
export class CogLoader {
  readonly #options: CogHostOptions;
  readonly #unloads = new Map<string, Unload>();
  readonly #cogs = new Map<string, Cog>();
  readonly #failures = new Map<string, string>();

  constructor(options: CogHostOptions) {
    this.#options = options;
  }

  get loaded(): readonly string[] {
    return [...this.#unloads.keys()];
  }

  /** The cog of that name, if it is in use. */
  get(name: string): Cog | undefined {
    return this.#cogs.get(name);
  }

  /** Why a cog was not loaded at the start, in words. */
  failureOf(name: string): string | undefined {
    return this.#failures.get(name);
  }

  /** The settings that keep a cog from being loaded; empty: nothing does. */
  missingSettings({ requires = [] }: CogEntry): readonly SettingName[] {
    const { services } = this.#options;
    return requires.filter((name) => (services.config.env[name] ?? false) === false);
  }

  /**
   * Loads `entries`. One that fails is logged and reported, and the others go on.
   *
   * @throws TuxError TUX_COGS when not a single one could be loaded.
   */
  async loadAll(entries: readonly CogEntry[], signal: AbortSignal): Promise<CogLoadReport> {
    const failed: { cog: string; error: Error }[] = [];
    const fail = (cog: string, thrown: unknown) => {
      const error = toError(thrown);
      failed.push({ cog, error });
      this.#failures.set(cog, describeError(error));
      const fields = { event: 'cog:failed', err: error, cog };
      this.#options.services.log.error(fields, `❌ cog ${cog} was not loaded: ${describeError(error)}`);
    };
    const skipped = entries
      .map((entry) => ({ cog: entry.name, missing: this.missingSettings(entry) }))
      .filter(({ missing }) => missing.length > 0);
    for (const { cog, missing } of skipped) {
      const fields = { event: 'cog:skipped', cog, missing };
      this.#options.services.log.info(fields, `⏭️ cog ${cog} is not loaded: ${missing.join(', ')} is not set`);
    }
    const wanted = entries.filter(({ name }) => skipped.every(({ cog }) => cog !== name));
    const cogs = await this.#import(wanted, fail);
    for (const level of byPriority(cogs)) {
      if (signal.aborted) {
        await this.unloadAll();
        signal.throwIfAborted();
      }
      await Promise.all(level.map((cog) => this.load(cog, signal).catch((error) => fail(cog.name, error))));
    }
    if (wanted.length > 0 && this.#unloads.size === 0) {
      throw new TuxError('TUX_COGS', 'Not a single cog could be loaded', {
        cause: failed[0]?.error,
        hint: 'see the errors of the cogs in the log',
      });
    }
    const { loaded } = this;
    this.#options.services.log.info(
      { event: 'cogs:loaded', loaded },
      `✅ ${loaded.length} cogs loaded: ${loaded.join(', ')}`,
    );
    return { loaded, failed, skipped };
  }

  /**
   * Puts one cog into use.
   *
   * @throws TuxError TUX_COG_DUPLICATE, TUX_COMMAND_DUPLICATE, or whatever its `setup` threw; nothing of it is in use then.
   */
  async load(cog: Cog, signal?: AbortSignal): Promise<void> {
    const { clock, log } = this.#options.services;
    if (this.#unloads.has(cog.name)) throw new TuxError('TUX_COG_DUPLICATE', `A cog '${cog.name}' is loaded already`);
    // Reserved at once: two cogs of one name may be loading in parallel.
    this.#unloads.set(cog.name, async () => {});
    const startedAt = clock.monotonic();
    try {
      this.#unloads.set(cog.name, await hostCog(cog, this.#options, signal));
      this.#cogs.set(cog.name, cog);
    } catch (error) {
      this.#unloads.delete(cog.name);
      throw error;
    }
    const durationMs = Math.round(clock.monotonic() - startedAt);
    const fields = { event: 'cog:loaded', cog: cog.name, durationMs };
    if (durationMs > SLOW_LOAD_MS) log.warn(fields, `⚠️ cog ${cog.name} took ${durationMs} ms to load`);
    else log.debug(fields, `✅ cog ${cog.name} loaded`);
  }

  /** Takes a cog out of use; false when it is not loaded. */
  async unload(name: string): Promise<boolean> {
    const unload = this.#unloads.get(name);
    if (!unload) return false;
    this.#unloads.delete(name);
    this.#cogs.delete(name);
    await unload();
    return true;
  }

  /** Takes all cogs out of use, the last loaded first. */
  async unloadAll(): Promise<void> {
    for (const name of this.loaded.toReversed()) await this.unload(name);
  }

  async #import(entries: readonly CogEntry[], fail: (cog: string, error: unknown) => void): Promise<Cog[]> {
    const imported = await Promise.allSettled(entries.map(async (entry) => entry.load()));
    return imported.flatMap((result, index) => {
      if (result.status === 'fulfilled') return [result.value];
      fail(entries[index]?.name ?? '?', result.reason);
      return [];
    });
  }
}

/** Groups of equal priority, the highest first. */
function byPriority(cogs: readonly Cog[]): Cog[][] {
  const levels = new Map<number, Cog[]>();
  for (const cog of cogs) levels.set(cog.priority, [...(levels.get(cog.priority) ?? []), cog]);
  return [...levels.entries()].sort(([a], [b]) => b - a).map(([, level]) => level);
}

/**
 * The cogs as a critical part of the start; one bad cog is reported, none at all stops the start.
 *
 * @param needsAll one bad cog stops the start, too.
 */
export function createCogService(loader: CogLoader, entries: readonly CogEntry[], needsAll = false): Service {
  return {
    name: 'cogs',
    dependsOn: ['database', 'permissions', 'prefix'],
    critical: true,
    initialize: async (signal) => {
      const { failed } = await loader.loadAll(entries, signal);
      if (!needsAll || failed.length === 0) return;
      const problems = failed.map(({ cog, error }) => `cog ${cog} was not loaded: ${describeError(error)}`);
      throw new TuxError('TUX_COGS', problems.join('; '), { cause: failed[0]?.error });
    },
    cleanup: () => loader.unloadAll(),
  };
}
