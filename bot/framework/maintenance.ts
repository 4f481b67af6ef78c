import { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { StateFile } from '../../shared/state-file.js';
import type { BotServices } from './bot-services.js';
import { truncate } from './outgoing-message.js';

/** Longest text that Discord shows under a name. */
const MAX_ACTIVITY_LENGTH = 128;

const switchSchema = z.object({
  /** Null: Tux serves everybody. */
  on: z
    .object({
      /** What people are told; null when nobody gave a reason. */
      reason: z.string().max(200).nullable(),
      /** A user id. */
      by: z.string(),
      /** ISO-8601 UTC. */
      since: z.iso.datetime(),
    })
    .nullable(),
});
type Switch = z.infer<typeof switchSchema>;

export interface MaintenanceOptions {
  /** `maintenance.json`: of its own, as it has to be on disk before the owner is told that it is on. */
  readonly path: string;
  readonly runId: string;
  /** The setting TUX_MAINTENANCE, read at each use: while it is true, the switch changes nothing. */
  readonly isForced: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** While it is on, commands and buttons are for the owners alone; jobs and reminders go on. It outlasts restarts. */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #file: StateFile<Switch>;
  #switch: Switch['on'] = null;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#file = new StateFile<Switch>({
      path: options.path,
      kind: 'maintenance',
      schemaVersion: 1,
      schema: switchSchema,
      empty: () => ({ on: null }),
      runId: options.runId,
      now: () => new Date(options.clock.now()),
    });
  }

  get isOn(): boolean {
    return this.isForced || this.#switch !== null;
  }

  /** On by the setting: only whoever runs the bot can end it. */
  get isForced(): boolean {
    return this.#options.isForced();
  }

  /** What the owner gave as the reason. */
  get reason(): string | null {
    return this.#switch?.reason ?? null;
  }

  /** Reads the file. To be called before the first command can run. */
  async open(): Promise<void> {
    const { data, outcome, problem, archivePath } = await this.#file.load();
    this.#switch = data.on;
    const { log } = this.#options;
    if (outcome === 'quarantined') {
      const fields = { event: 'maintenance:broken', problem, archivePath };
      log.warn(fields, '⚠️ maintenance.json was damaged and put aside: maintenance is off');
    }
    if (this.isOn)
      log.warn({ event: 'maintenance:on', forced: this.isForced }, '🔧 Maintenance: only owners are served');
  }

  /** Resolves when it is on disk. @param by a user id. @throws TuxError TUX_STATE_WRITE, then nothing has changed. */
  async turnOn(by: string, reason: string | null): Promise<void> {
    const on = { reason, by, since: new Date(this.#options.clock.now()).toISOString() };
    await this.#file.save({ on });
    this.#switch = on;
    this.#options.log.warn({ event: 'maintenance:on', by, reason }, '🔧 Maintenance: only owners are served');
  }

  /** Resolves when it is on disk. @throws TuxError TUX_STATE_WRITE, then nothing has changed. */
  async turnOff(by: string): Promise<void> {
    await this.#file.save({ on: null });
    this.#switch = null;
    this.#options.log.info({ event: 'maintenance:off', by }, '✅ Maintenance is over');
  }
}

/** Shows under the bot's name whether it is on. */
export function showMaintenance({ maintenance, gateway }: Pick<BotServices, 'maintenance' | 'gateway'>): void {
  const { isOn, reason } = maintenance;
  const text = `🔧 Maintenance${reason === null ? '' : `: ${reason}`}`;
  gateway.showActivity(isOn ? truncate(text, MAX_ACTIVITY_LENGTH) : null);
}
