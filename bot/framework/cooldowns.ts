import { z } from 'zod';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Cooldown } from './command.js';
import { LazyStateFile } from './lazy-state-file.js';

/** Bounds memory and file; beyond it the pauses that end first are forgotten. */
export const MAX_COOLDOWNS = 10_000;

const entrySchema = z.object({
  /** What must pause for whom, see {@link cooldownKey}. */
  key: z.string().max(200),
  /** ISO-8601 UTC. */
  until: z.iso.datetime(),
  /** The event that began it. */
  by: z.string().optional(),
});
type Entry = z.infer<typeof entrySchema>;

/** A pause in memory. */
interface Pause {
  /** Wall-clock milliseconds. */
  readonly until: number;
  readonly by: string | undefined;
}

export interface CooldownsOptions {
  /** `cooldowns.json`. */
  readonly path: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The pause of one command for those who share it. */
export interface RunningCooldown {
  /** When it is over, in wall-clock milliseconds; null when there is none right now. */
  until(): number | null;
  /** Somebody uses the command: nobody else may before that has ended. */
  hold(): void;
  /** The use has ended: only a success begins the pause. */
  release(isSuccess: boolean): void;
}

/** Which pause a use of a command counts for. In a direct message everything counts for that conversation. */
export function cooldownKey(
  { per }: Pick<Cooldown, 'per'>,
  use: { path: string; user: { id: string }; channelId: string; guild: { id: string } | null },
): string {
  const sharer = { user: use.user.id, channel: use.channelId, guild: use.guild?.id ?? use.channelId }[per];
  return `${use.path}|${per}|${sharer}`;
}

/**
 * The pauses between two uses of a command: in memory, and in a file that is written a few seconds after a change and at a
 * shutdown, so that a restart is no way round them.
 */
export class Cooldowns {
  readonly #file: LazyStateFile<Entry>;
  readonly #clock: Clock;
  readonly #pauses = new Map<string, Pause>();
  readonly #held = new Set<string>();

  constructor(options: CooldownsOptions) {
    this.#clock = options.clock;
    const records = () => {
      this.#prune();
      return Array.from(this.#pauses, ([key, { until, by }]) => ({ key, until: new Date(until).toISOString(), by }));
    };
    this.#file = new LazyStateFile({ ...options, kind: 'cooldowns', schema: entrySchema, records });
  }

  get size(): number {
    return this.#pauses.size;
  }

  /** Reads the file; what has ended is dropped. To be called before the first command can run. */
  async open(): Promise<void> {
    for (const { key, until, by } of await this.#file.load()) this.#pauses.set(key, { until: Date.parse(until), by });
    this.#prune();
  }

  /**
   * @param key see {@link cooldownKey}.
   * @param ms length of the pause.
   * @param eventId the use: handled once more after a crash, it must not wait for the pause that it began itself.
   */
  of(key: string, ms: number, eventId: string): RunningCooldown {
    return {
      until: () => {
        const now = this.#clock.now();
        if (this.#held.has(key)) return now + ms;
        // Never longer than the pause itself, whatever the clock of the host was set to in between.
        const pause = this.#pauses.get(key);
        if (pause === undefined || pause.by === eventId) return null;
        const until = Math.min(pause.until, now + ms);
        return until > now ? until : null;
      },
      hold: () => void this.#held.add(key),
      release: (isSuccess) => {
        this.#held.delete(key);
        if (isSuccess) this.#start(key, ms, eventId);
      },
    };
  }

  /** Writes what has changed; without a change it writes nothing. @throws TuxError TUX_STATE_WRITE */
  persist(): Promise<void> {
    return this.#file.persist();
  }

  /** Stops the timer. What is not persisted by then is lost. */
  dispose(): void {
    this.#file.dispose();
  }

  #start(key: string, ms: number, by: string): void {
    this.#pauses.set(key, { until: this.#clock.now() + ms, by });
    if (this.#pauses.size > MAX_COOLDOWNS) this.#prune();
    this.#file.changed();
  }

  #prune(): void {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#pauses) if (until <= now) this.#pauses.delete(key);
    const excess = this.#pauses.size - MAX_COOLDOWNS;
    if (excess <= 0) return;
    // A tenth more than must go, so that the sorting is not due again at the next use.
    const byEnd = [...this.#pauses].sort(([, a], [, b]) => a.until - b.until);
    for (const [key] of byEnd.slice(0, excess + MAX_COOLDOWNS / 10)) this.#pauses.delete(key);
  }
}
