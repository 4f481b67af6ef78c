import { type EntityManager, In, LessThan } from 'typeorm';
import { HandledEffect } from '../entities/handled-effect.js';

/** Removed at once; what is left is for the next time. */
const PRUNE_LIMIT = 5_000;

/** What events have done to the database, so that one that is handled again does it no second time. */
export class EffectController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** What came of an effect; null when it has not taken place. */
  async find(key: string): Promise<{ readonly result: unknown } | null> {
    return this.#manager.findOneBy(HandledEffect, { key });
  }

  /**
   * Runs `work` unless it was run for this key before. Only of use on the controllers of a transaction, with all that `work`
   * writes in the same one: both are there afterwards, or neither. Who asks for the same key meanwhile waits for it.
   *
   * @returns what `work` returned when it was run, as JSON gives it back.
   * @throws what `work` throws; then it was not run.
   */
  async once<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (!(await this.claim(key))) {
      return (await this.#manager.findOneByOrFail(HandledEffect, { key })).result as T;
    }
    const result: unknown = JSON.parse(JSON.stringify((await work()) ?? null));
    if (result !== null) await this.#manager.update(HandledEffect, { key }, { result: result as object });
    return result as T;
  }

  /** Notes an effect that has no result. @returns false when it was noted before. */
  async claim(key: string): Promise<boolean> {
    const insert = this.#manager.createQueryBuilder().insert().into(HandledEffect).values({ key }).orIgnore();
    const { raw } = await insert.returning('key').execute();
    return (raw as unknown[]).length === 1;
  }

  /**
   * Notes several effects, with the same result, in one statement.
   *
   * @returns the result of each key: that of an earlier time where there was one.
   */
  async claimAll(keys: readonly string[], result: string): Promise<ReadonlyMap<string, unknown>> {
    await this.#manager.query(
      `INSERT INTO handled_effects (key, result) SELECT key, result FROM jsonb_to_recordset($1) AS (key varchar, result jsonb)
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(keys.map((key) => ({ key, result })))],
    );
    const noted = await this.#manager.findBy(HandledEffect, { key: In([...keys]) });
    return new Map(noted.map((row) => [row.key, row.result]));
  }

  /** Forgets what happened before `until`, at most a few thousand of them. @returns how many. */
  async forget(until: Date): Promise<number> {
    const old = await this.#manager.find(HandledEffect, {
      select: { key: true },
      where: { createdAt: LessThan(until) },
      take: PRUNE_LIMIT,
    });
    if (old.length === 0) return 0;
    await this.#manager.delete(HandledEffect, { key: In(old.map(({ key }) => key)) });
    return old.length;
  }
}
