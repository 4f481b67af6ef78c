import type { BotServices } from '../../framework/bot-services.js';
import { type OnceContext, once, writeOnce } from '../../framework/once.js';
import { perRun } from '../../framework/per-run.js';
import { LenientGuildCache } from '../lenient-guild-cache.js';
import type { Absentee } from './absence-policy.js';

/** Kept in memory per guild; of more, the oldest are no longer told about. */
const MAX_PER_GUILD = 1_000;

/** Who is away in which guild: the database, and before it a memory, since every message asks. */
export class Absences {
  readonly #database: BotServices['database'];
  readonly #cache: LenientGuildCache<Map<string, Absentee>>;

  constructor({ database, clock, log }: Pick<BotServices, 'database' | 'clock' | 'log'>) {
    this.#database = database;
    this.#cache = new LenientGuildCache({ load: (guildId) => this.#load(guildId), clock, log, what: 'absences' });
  }

  /** By user id; empty while the database is away. */
  async of(guildId: string): Promise<ReadonlyMap<string, Absentee>> {
    return (await this.#cache.get(guildId)) ?? new Map();
  }

  /** Notes that somebody is away, once for each event. @throws when the database does not take it. */
  async begin(ctx: OnceContext, guildId: string, absentee: Absentee): Promise<void> {
    const { userId, reason, sinceMs } = absentee;
    await writeOnce(ctx, (db) => db.absences.set({ guildId, userId, reason, since: new Date(sinceMs) }));
    const known = await this.#cache.get(guildId);
    known?.set(userId, absentee);
    if (known && known.size > MAX_PER_GUILD) this.#cache.delete(guildId); // the next look takes the newest only
  }

  /**
   * Notes that somebody is back.
   *
   * @returns the absence that this event has ended, also when it did so before; null when they were not away, or the database is.
   */
  async end(ctx: OnceContext, guildId: string, absentee: Absentee, atMs: number): Promise<Absentee | null> {
    const { userId } = absentee;
    const known = await this.#cache.get(guildId);
    try {
      const ended = await once(ctx, async () => async (db) => {
        return (await db.absences.end(guildId, userId, new Date(atMs))) && absentee;
      });
      if (ended) known?.delete(userId);
      else this.#cache.delete(guildId); // the database knows better
      return ended || null;
    } catch {
      this.#cache.delete(guildId); // the next look meets the same trouble, and knows how to wait
      return null;
    }
  }

  /** The absence that an event has ended before a crash; null when it has ended none, or the database is away. */
  async endedBy(ctx: OnceContext): Promise<Absentee | null> {
    try {
      const earlier = await ctx.services.database.effects.find(ctx.effectKey(0));
      return (earlier?.result as Absentee | false | undefined) || null;
    } catch {
      return null;
    }
  }

  forget(guildId: string): void {
    this.#cache.delete(guildId);
  }

  async #load(guildId: string): Promise<Map<string, Absentee>> {
    const rows = await this.#database.absences.list(guildId, MAX_PER_GUILD);
    return new Map(rows.map(({ userId, reason, since }) => [userId, { userId, reason, sinceMs: since.getTime() }]));
  }
}

/** The absences of this run of the bot. */
export const absencesOf = perRun((services) => new Absences(services));
