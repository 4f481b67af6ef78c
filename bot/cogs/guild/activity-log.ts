import { createHash } from 'node:crypto';
import type { Logger } from '../../../shared/logging/logger.js';
import type { BotServices } from '../../framework/bot-services.js';
import { isForbidden, isGone } from '../../framework/discord-failure.js';
import { MAX_NONCE_LENGTH } from '../../framework/effect-key.js';
import { perRun } from '../../framework/per-run.js';
import { Batcher } from '../batcher.js';
import { type Activity, activityName } from './activity.js';
import { renderActivities } from './activity-view.js';
import { type GuildSettingsStore, guildSettingsOf } from './guild-settings.js';

/** One post per guild in this time, however much happens. */
const WINDOW_MS = 2_000;
/** Kept for one post; beyond that they are counted. */
const MAX_KEPT = 200;

/** Reports what happens in guilds that asked for it, in few posts. */
class ActivityLog {
  readonly #services: Pick<BotServices, 'messenger' | 'database'>;
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
   * Reports `activity` soon, and resolves when that is done: a worker that takes over before is told of it again.
   *
   * @param channelId where it happened; what happens in the channel of the log itself is not reported.
   */
  async report(guildId: string, activity: Activity, channelId?: string): Promise<void> {
    const { activityLogChannelId } = await this.#settings.of(guildId);
    if (activityLogChannelId === null || activityLogChannelId === channelId) return;
    this.#batches.add(guildId, activity);
    await this.#batches.whenDelivered(guildId);
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
      for (const [key, part] of await this.#byPost(guildId, activities)) {
        const isOurs = key === batchKey(activities);
        await this.#services.messenger.send(activityLogChannelId, renderActivities(part, isOurs ? dropped : 0), key);
      }
    } catch (err) {
      if (!isGone(err) && !isForbidden(err)) throw err;
      this.#log.warn({ event: 'activity-log:failed', err, guildId }, '⚠️ an activity log cannot be written');
      if (isGone(err)) await this.#settings.dropActivityLogChannel(guildId, activityLogChannelId);
    }
  }

  /**
   * What an earlier worker had begun to post when it was killed belongs into its post, which Discord recognises by the key.
   * While the database is away, all of it is ours.
   */
  async #byPost(guildId: string, activities: readonly Activity[]): Promise<ReadonlyMap<string, readonly Activity[]>> {
    const ours = batchKey(activities);
    const named = new Map(activities.map((activity) => [`log:${guildId}:${activityName(activity)}`, activity]));
    try {
      const owners = await this.#services.database.effects.claimAll([...named.keys()], ours);
      const posts = new Map<string, Activity[]>();
      for (const [name, activity] of named) {
        const owner = String(owners.get(name));
        posts.set(owner, [...(posts.get(owner) ?? []), activity]);
      }
      return posts;
    } catch (err) {
      this.#log.debug({ event: 'activity-log:unnoted', err, guildId }, 'a post of the activity log could not be noted');
      return new Map([[ours, activities]]);
    }
  }
}

/** The activity log of this run of the bot. */
export const activityLogOf = perRun((services) => new ActivityLog(services));

/** The same events in one post have the same key in every run. */
function batchKey(activities: readonly Activity[]): string {
  return createHash('sha256')
    .update(activities.map(activityName).join('\n'))
    .digest('base64url')
    .slice(0, MAX_NONCE_LENGTH);
}
