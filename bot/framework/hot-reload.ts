import { type FSWatcher, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../shared/clock.js';
import { describeError } from '../../shared/errors.js';
import type { Service } from '../../shared/lifecycle/service.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { CogManager } from './cog-manager.js';

/** A compiler writes many files, one after the other: a cog is loaded anew once its folder has been quiet for so long. */
const QUIET_MS = 200;

export interface HotReloadOptions {
  readonly cogs: Pick<CogManager, 'list' | 'reload' | 'sync'>;
  /** With a folder for each cog. */
  readonly folder: URL;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Development: a cog whose compiled files change is replaced while the bot runs. Nothing depends on it. */
export function createHotReloadService(options: HotReloadOptions): Service {
  const { cogs, folder, log } = options;
  const changes = new PendingChanges(options);
  let watchers: FSWatcher[] = [];
  return {
    name: 'hot-reload',
    dependsOn: ['cogs'],
    critical: false,
    async initialize() {
      // One by one: Node's recursive watch on Linux loses a file that is replaced by renaming another one over it.
      watchers = cogs.list().map(({ name }) => {
        const watcher = watch(fileURLToPath(new URL(name, folder)), (_event, file) => {
          if (file?.endsWith('.js')) changes.note(name);
        });
        return watcher.on('error', (err) => {
          log.warn({ event: 'hot-reload:failed', err, cog: name }, `⚠️ cog ${name} is no longer watched`);
        });
      });
      log.info({ event: 'hot-reload:watching' }, '🔧 Cogs are loaded anew when their files change');
    },
    async cleanup() {
      for (const watcher of watchers) watcher.close();
      changes.stop();
    },
  };
}

/** Folders that changed and have not been quiet for long enough. */
class PendingChanges {
  readonly #options: HotReloadOptions;
  readonly #waits = new Map<string, AbortController>();

  constructor(options: HotReloadOptions) {
    this.#options = options;
  }

  note(cog: string): void {
    this.#waits.get(cog)?.abort();
    const wait = new AbortController();
    this.#waits.set(cog, wait);
    this.#options.clock.sleep(QUIET_MS, wait.signal).then(
      () => this.#reload(cog),
      () => {}, // changed again, or stopped
    );
  }

  stop(): void {
    for (const wait of this.#waits.values()) wait.abort();
    this.#waits.clear();
  }

  async #reload(cog: string): Promise<void> {
    const { cogs, log } = this.#options;
    this.#waits.delete(cog);
    try {
      await cogs.reload(cog);
      log.info({ event: 'cog:reloaded', cog }, `✅ cog ${cog} was loaded anew`);
      await cogs.sync();
    } catch (err) {
      const fields = { event: 'cog:reload:failed', err, cog };
      log.error(fields, `❌ cog ${cog} could not be loaded anew: ${describeError(err)}`);
    }
  }
}
