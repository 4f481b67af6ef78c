import { createHash } from 'node:crypto';
import type { Logger } from '../../../shared/logging/logger.js';
import type { BotServices } from '../../framework/bot-services.js';
import { isForbidden, isGone } from '../../framework/discord-failure.js';
import { MAX_NONCE_LENGTH } from '../../framework/effect-key.js';
import { perRun } from '../../framework/per-run.js';
import { Batcher } from '../batcher.js';
import type { Activity } from './activity.js';
import { renderActivities } from './activity-view.js';
import { type GuildSettingsStore, guildSettingsOf } from './guild-settings.js';

/** One post per guild in this time, however much happens. */
const WINDOW_MS = 2_000;
/** Kept for one post; beyond that they are counted. */
const MAX_KEPT = 200;

/** Reports what happens in guilds that asked for it, in few posts. */
class ActivityLog {
  readonly #services: Pick<BotServices, 'messenger'>;
  readonly #settings: GuildSettingsStore;
  readonly #log: Logger;
  readonly #batches: Batcher<Activity>;

  constructor(services: BotServices) {
    const { clock, log } = services;
    this.#services = services;
    this.#settings = guildSettingsOf(services);
    this.#log = log;
    const deliver = (guildId: string, activities: readonly Activity[], dropped: number) =>
      this.#post(guildId, activities, dropped);
    this.#batches = new Batcher({ clock, log, windowMs: WINDOW_MS, maxItems: MAX_KEPT, deliver });
  }

  /**
   * Reports `activity` soon.
   *
   * @param channelId where it happened; what happens in the channel of the log itself is not reported.
   */
  async report(guildId: string, activity: Activity, channelId?: string): Promise<void> {
    const { activityLogChannelId } = await this.#settings.of(guildId);
    if (activityLogChannelId === null || activityLogChannelId === channelId) return;
    this.#batches.add(guildId, activity);
  }

  /** Posts until `signal` aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#batches.run(signal);
  }

  forget(guildId: string): void {
    this.#batches.delete(guildId);
  }

  async #post(guildId: string, activities: readonly Activity[], dropped: number): Promise<void> {
    const { activityLogChannelId } = await this.#settings.of(guildId);
    if (activityLogChannelId === null) return;
    try {
      const message = renderActivities(activities, dropped);
      await this.#services.messenger.send(activityLogChannelId, message, batchKey(activities));
    } catch (err) {
      if (!isGone(err) && !isForbidden(err)) throw err;
      this.#log.warn({ event: 'activity-log:failed', err, guildId }, '⚠️ an activity log cannot be written');
      if (isGone(err)) await this.#settings.setActivityLogChannel(guildId, null);
    }
  }
}

/** The activity log of this run of the bot. */
export const activityLogOf = perRun((services) => new ActivityLog(services));

/** The same events in one post have the same key in every run. */
function batchKey(activities: readonly Activity[]): string {
  return createHash('sha256').update(JSON.stringify(activities)).digest('base64url').slice(0, MAX_NONCE_LENGTH);
}
