import type { LiveConfig } from '../../shared/config/live-config.js';
import { type Config, loadConfig, type RawEnvironment } from '../../shared/config/load.js';
import { logRejectedReload, logReload } from '../../shared/config/log-reload.js';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import { workerEnvironment } from '../worker/worker-environment.js';
import type { SandboxProcess } from './sandbox-process.js';

export interface ConfigReloadOptions {
  readonly config: LiveConfig;
  /** Reads `.env` and the environment. */
  readonly readEnvironment: () => RawEnvironment;
  readonly sandbox: SandboxProcess | null;
  readonly log: Logger;
  readonly events: Pick<SupervisionEvents, 'onReloading' | 'onReloaded'>;
}

/** The worker as far as a reload is concerned. */
export interface ReloadTarget {
  /** Resolves with whether it has taken the settings over, within a few seconds. */
  reload(environment: Readonly<Record<string, string>>): Promise<boolean>;
}

/** Settings that were read and do not count yet. */
export interface SettingsAhead {
  /** Of a worker that runs with them. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on they count. The worker that runs is not told: it is about to be replaced. */
  takeOver(): void;
}

/** The settings of the supervisor and of its workers, and how both get new ones while they run. */
export class ConfigReload {
  readonly #options: ConfigReloadOptions;
  #raw: RawEnvironment;
  /** One after the other: two signals in a row must not apply the older reading last. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ConfigReloadOptions) {
    this.#options = options;
    this.#raw = options.readEnvironment();
  }

  /** The environment of a worker that is about to start: the latest settings, whatever they were when Tux was started. */
  forNextWorker(): Record<string, string> {
    const { config } = this.#options;
    config.takeOverRest();
    return this.#environmentOf(this.#raw, config);
  }

  /** What {@link forNextWorker} would be now; nothing is taken over by asking. For a standby. */
  get environmentAhead(): Record<string, string> {
    return this.#environmentOf(this.#raw, this.#options.config);
  }

  /**
   * Reads the settings anew, for a worker that is to replace the present one; nothing changes yet.
   *
   * @throws TuxError TUX_CONFIG (exit 78) with all problems.
   */
  ahead(): SettingsAhead {
    const { config, log, readEnvironment, events } = this.#options;
    const raw = readEnvironment();
    const next = loadConfig(raw);
    return {
      environment: this.#environmentOf(raw, next),
      takeOver: () => {
        logReload(log, config.compare(next));
        this.#raw = raw;
        config.takeOver(next);
        events.onReloaded();
      },
    };
  }

  /**
   * Reads the settings anew. The worker goes first: its heartbeats keep the old pace until it knows a new one.
   *
   * @throws TuxError TUX_CONFIG (exit 78) with all problems; then everything stays as it was.
   */
  run(worker: () => ReloadTarget | null): Promise<ReloadResult> {
    const result = this.#queue.then(() => this.#tellReload(worker()));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #tellReload(worker: ReloadTarget | null): Promise<ReloadResult> {
    const { events } = this.#options;
    events.onReloading();
    try {
      return await this.#reload(worker);
    } finally {
      events.onReloaded();
    }
  }

  async #reload(worker: ReloadTarget | null): Promise<ReloadResult> {
    const { config, log, readEnvironment } = this.#options;
    let raw: RawEnvironment;
    let next: Config;
    try {
      raw = readEnvironment();
      next = loadConfig(raw);
    } catch (error) {
      logRejectedReload(log, error);
      throw error;
    }
    const changes = config.compare(next);
    const workerReloaded = worker && (await worker.reload(this.#environmentOf(raw, next)));
    logReload(log, changes); // before a new LOG_LEVEL could hide it
    this.#raw = raw;
    config.takeOver(next);
    return { changes, workerReloaded };
  }

  #environmentOf(raw: RawEnvironment, { env }: Pick<Config, 'env'>): Record<string, string> {
    const { config, sandbox } = this.#options;
    return workerEnvironment(raw, {
      TUX_STATE_DIR: config.paths.stateDir,
      TUX_LOG_DIR: config.paths.logDir,
      LOG_LEVEL: env.LOG_LEVEL,
      ...(sandbox && { DISCORD_API_URL: sandbox.apiUrl, DISCORD_TOKEN: env.DISCORD_TOKEN }),
    });
  }
}
